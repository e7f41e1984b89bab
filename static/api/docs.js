"use strict";

// The document stands in the page, and a token that is typed in is forgotten with it.
SwaggerUIBundle({
    spec: JSON.parse(document.getElementById("openapi").textContent),
    dom_id: "#docs",
    validatorUrl: null,
    persistAuthorization: false,
    deepLinking: false,
});
