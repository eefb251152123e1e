"""The guard's own pages: the login form, and what refused or logged-in people see. Plain HTML, no script.

Must not go here: who gets which (``login.py``, ``refusals.py``).
"""

import base64
import hashlib
from collections.abc import Mapping
from html import escape
from typing import Final

from starlette.responses import HTMLResponse, Response

LOGIN: Final = "/meeting-pipeline/login"
LOGOUT: Final = "/meeting-pipeline/logout"
_STYLE: Final = """
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
body { margin: 0 auto; max-width: 26rem; padding: 10vh 1.5rem 2rem; }
h1 { font-size: 1.4rem; line-height: 1.25; }
label { display: block; font-weight: 600; margin-bottom: .25rem; }
input, button { box-sizing: border-box; font: inherit; padding: .5rem .75rem; border-radius: .4rem; }
input { border: 1px solid #767676; width: 100%; background: Canvas; color: CanvasText; }
button { border: 0; background: #2f4bd6; color: #fff; cursor: pointer; margin-top: 1rem; }
:focus-visible { outline: 3px solid #7a8ff5; outline-offset: 2px; }
.error { border-left: .3rem solid #c62828; padding: .25rem .75rem; }
code { overflow-wrap: anywhere; }
"""
_STYLE_HASH: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_CREATE: Final = "<code>meeting-pipeline keys create --name NAME --scope admin</code>"


def answer(body: str, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A page whose content security policy runs and loads nothing."""
    return HTMLResponse(body, status, {"Content-Security-Policy": _POLICY, **(headers or {})})


def refusal(title: str, message: str, advice: str) -> str:
    """Why a request was refused, and what to do."""
    return _page(title, f"<h1>{escape(title)}</h1><p>{escape(message)}</p><p>{escape(advice)}</p>")


def login_form(to: str, *, error: str = "", any_key: bool = True) -> str:
    """The form that asks for a key. ``to``: where to go afterwards, an address of the UI."""
    wrong = f'<p class="error" id="error" role="alert">{escape(error)}</p>' if error else ""
    invalid = 'aria-invalid="true" aria-describedby="error hint"' if error else 'aria-describedby="hint"'
    hint = (
        f"A key of this installation, <code>mp_…</code>. With the scope <code>admin</code> you can change things; "
        f"with <code>read</code> or <code>submit</code> you can only look. Create one: {_CREATE}"
        if any_key
        else f"There is no key yet. Create one on the machine that runs the service: {_CREATE}"
    )
    return _page(
        "Sign in",
        f"""<h1>Sign in to the Dagster UI</h1>{wrong}
<form method="post" action="{LOGIN}">
<label for="key">API key</label>
<input id="key" name="key" type="password" required autofocus autocomplete="current-password" spellcheck="false" {invalid}>
<input type="hidden" name="to" value="{escape(to)}">
<p id="hint">{hint}</p>
<button type="submit">Sign in</button>
</form>""",
    )


def signed_in(name: str, to: str, *, may_write: bool) -> str:
    """Who is logged in, and the logout button."""
    rights = "You can view and change everything." if may_write else "You can view everything, but change nothing."
    return _page(
        "Signed in",
        f"""<h1>Signed in</h1><p>With the key <strong>{escape(name)}</strong>. {rights}</p>
<p><a href="{escape(to)}">Go to the Dagster UI</a></p>
<form method="post" action="{LOGOUT}"><button type="submit">Sign out</button></form>""",
    )


def no_login_needed() -> str:
    """There is no key, so everybody on this machine has access."""
    return _page(
        "No sign-in needed",
        f"""<h1>No sign-in needed</h1><p>While there is no API key, everybody on this machine may use the UI, and nobody
else. Once there is a key, the UI asks for one: {_CREATE}</p><p><a href="/">Go to the Dagster UI</a></p>""",
    )


def hop(to: str) -> str:
    """A page that leads to an address of the UI. After a link from another site, browsers send the cookie only from here on."""
    return _page(
        "One moment",
        f'<p>One moment. <a href="{escape(to)}">Continue</a></p>',
        f'<meta http-equiv="refresh" content="0; url={escape(to)}">',
    )


def _page(title: str, body: str, head: str = "") -> str:
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{escape(title)} · meeting_pipeline</title>{head}<style>{_STYLE}</style></head>
<body><main>{body}</main></body></html>
"""
