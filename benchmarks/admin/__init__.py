"""What each page of the admin costs with a million visits, beside a thousand."""
