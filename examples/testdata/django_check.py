"""Validates the passwords of standard input, a JSON array, by Django's own validate_password."""

import json
import sys

import django
from django.conf import settings
from django.utils import translation

settings.configure(
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes"],
    AUTH_PASSWORD_VALIDATORS=[{"NAME": "django_validator.VetoValidator"}],
)
django.setup()

from django.contrib.auth.models import User  # noqa: E402 (after setup)
from django.contrib.auth.password_validation import validate_password  # noqa: E402
from django.core.exceptions import ValidationError  # noqa: E402

user = User(username="jdoe", first_name="Jane", last_name="Overbeck", email="jane@example.org")
answers = []
with translation.override("de"):
    for password in json.load(sys.stdin):
        try:
            answers.append(validate_password(password, user) or [])
        except ValidationError as error:
            answers.append([f"{e.code}: {e.messages[0]}" for e in error.error_list])
json.dump(answers, sys.stdout)
