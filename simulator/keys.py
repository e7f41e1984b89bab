"""Where an aiohttp application keeps its exchange."""

from aiohttp import web

from simulator.exchange import Exchange

EXCHANGE = web.AppKey("exchange", Exchange)
