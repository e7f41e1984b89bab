"""Stored English in the reader's language, for templates: ``{{ job.note|told }}``."""

from django import template

from desk import stored

register = template.Library()
register.filter("told", stored.read)
