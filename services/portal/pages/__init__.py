"""The web pages: templates, words, pictures and the one stylesheet.

Owns how Tandem looks and what it says. Pure: `render(template, viewer, **values)` turns values into HTML;
who is asked for the values is the business of `services.portal.api`.
"""
