"""The function that all forms share."""

from django import forms

from gymsite.core.errors import DomainError, Invalid


def add_errors(form: forms.BaseForm, refusal: DomainError) -> None:
    """Show an operation's refusal beside the field that it is about.

    Where there is no such field, it stands above the form.
    """
    if not isinstance(refusal, Invalid):
        form.add_error(None, refusal.message)
        return
    for name, said in refusal.errors.items():
        for words in said:
            form.add_error(name if name in form.fields else None, words)
