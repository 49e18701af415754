"""A password validator for Django. In settings.py:

AUTH_PASSWORD_VALIDATORS = [{"NAME": "django_validator.VetoValidator"}]
"""

import logging

from django.core.exceptions import ValidationError
from django.utils.translation import get_language

import veto


class VetoValidator:
    def __init__(self, url=None, token_file=None):
        self.client = veto.Client(url, token_file)

    def validate(self, password, user=None):
        verdict, error = self.client.check({"password": password, "operation": "set", **subject(user)}, get_language())
        if error:
            logging.getLogger(__name__).error("check: %s", error)
        if verdict["decision"] == "accept":
            return
        raise ValidationError([
            ValidationError(text(reason), code=reason["code"]) for reason in verdict.get("reasons", [])
        ] or "Refused.")

    def get_help_text(self):
        return ""


def text(reason):
    """Messages complete "The password ..." in each language; Django shows a list."""
    return f'{reason["message"][:1].upper()}{reason["message"][1:]}. {reason.get("advice", "")}'.rstrip()


def subject(user):
    """What must not be part of the password."""
    if user is None:
        return {}
    names = [user.get_full_name()] if hasattr(user, "get_full_name") else []
    return {
        "account": user.get_username(),
        "names": [name for name in names if name],
        "mail": getattr(user, user.get_email_field_name(), "") or "",
    }
