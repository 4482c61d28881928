"""A build, or a model, as a page that people look at: one file, and nothing from elsewhere.

A section is a module here whose ``section`` takes a :class:`~qrnn_hw.page.subject.Subject` and
returns what its template of the same name shows. Only :mod:`qrnn_hw.page.document` knows jinja2.
"""
