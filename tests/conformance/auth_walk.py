"""What a person does in the pages of the login, without a browser: becomes the owner, logs in, lets a program in."""

import html
import http.cookiejar
import re
import time
import urllib.error
import urllib.parse
import urllib.request

from bm_process import Failure, check

HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')
SECONDS = 20


class Visitor:
    """One browser's worth of cookies. Redirects are followed by whoever wants to."""

    def __init__(self, origin):
        class Stay(urllib.request.HTTPRedirectHandler):
            def redirect_request(self, *_arguments):
                return None

        self.origin = origin
        self.opener = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()), Stay())

    def open(self, url, form=None):
        """The page, and where it leads: an address, or None."""
        data = None if form is None else urllib.parse.urlencode(form).encode()
        request = urllib.request.Request(urllib.parse.urljoin(self.origin, url), data=data)
        request.add_header("Origin", self.origin)
        try:
            with self.opener.open(request, timeout=SECONDS) as answer:
                return answer.read().decode(), None
        except urllib.error.HTTPError as answer:
            place = answer.headers.get("Location")
            if not place:
                raise Failure(f"{url} answers {answer.code}: {answer.read().decode()[:500]}") from None
            return "", place

    def walk(self, url):
        """Follows redirects within the site to a page. Returns it and the address that leads out, if one does."""
        for _ in range(5):
            page, place = self.open(url)
            if not place:
                return page, None
            url = urllib.parse.urljoin(self.origin, place)
            if not url.startswith(self.origin + "/"):
                return page, url
        raise Failure(f"{url} leads in a circle")

    def fill(self, page, action, **fields):
        """Sends the form of a page, with the hidden fields that it holds."""
        check(f'action="{action}"' in page, f"no form for {action} in: {page[:500]}")
        hidden = {name: html.unescape(value) for name, value in HIDDEN.findall(page)}
        return self.open(action, hidden | fields)


def become_owner(visitor, link, user, password):
    page, _ = visitor.walk(link)
    visitor.fill(page, "/setup", user=user, password=password, again=password)


def let_in(visitor, url, user, password):
    """Opens the address that an application shows, and returns the one to which the answer sends the browser."""
    page, place = visitor.walk(url)
    if 'action="/login"' in page:
        # Over plain http the login stands in its form: the consent comes at once, without a redirect.
        page, place = visitor.fill(page, "/login", user=user, password=password)
        if place:
            page, place = visitor.walk(urllib.parse.urljoin(visitor.origin, place))
    if not place:
        _, place = visitor.fill(page, "/authorize", write="yes", decision="approve")
    check(place, "the consent leads nowhere")
    return urllib.parse.urljoin(visitor.origin, place)


def visit(url):
    """Opens an address of a program on this machine that may only be about to listen."""
    deadline = time.monotonic() + SECONDS
    while True:
        try:
            with urllib.request.urlopen(url, timeout=SECONDS) as answer:
                return answer.read()
        except urllib.error.HTTPError:
            raise
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
