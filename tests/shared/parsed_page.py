"""A page as a program reads it: its elements, and whether it is whole."""

from html.parser import HTMLParser

VOID = {"meta", "link", "img", "input", "br", "hr"}
DRAWN = {"path", "rect", "circle", "line", "use"}
FOREIGN = ("src", "srcset", "action", "formaction", "poster", "background", "data")


class Page(HTMLParser):
    """Read a page.

    Attributes
    ----------
    elements : list
        (tag, attributes, the tags that it stands in), in their order.
    texts : list
        (text, the tags that it stands in).
    wrong : list
        What is not as it must be: a tag that is not closed, an identity that two have, a name that
        leads nowhere, anything that would be fetched.
    """

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list = []
        self.texts: list = []
        self.wrong: list = []
        self._open: list = []
        self.feed(text)
        self.close()
        self.wrong += [f"<{tag}> is not closed" for tag in self._open]
        ids = [a["id"] for _, a, _ in self.elements if "id" in a]
        self.wrong += [f"#{one} is there twice" for one in set(ids) if ids.count(one) > 1]
        for tag, attributes, _ in self.elements:
            named = attributes.get("aria-labelledby", "").split()
            if attributes.get("href", "").startswith("#"):
                named.append(attributes["href"][1:])
            self.wrong += [f"<{tag}> names #{one}, which is not there" for one in named
                           if one not in ids]  # fmt: skip

    def handle_starttag(self, tag: str, attrs: list) -> None:
        attributes = {name: value or "" for name, value in attrs}
        self.elements.append((tag, attributes, tuple(self._open)))
        for name in FOREIGN:
            if name in attributes:
                self.wrong.append(f"<{tag} {name}> is fetched")
        if tag in ("link", "iframe", "object", "embed", "base"):
            self.wrong.append(f"<{tag}> is fetched")
        if tag == "a" and not attributes.get("href", "").startswith("#"):
            self.wrong.append(f"a link leads to {attributes.get('href')}")
        if any(name.startswith("on") for name in attributes):
            self.wrong.append(f"<{tag}> has a script of its own")
        if tag == "svg" and not {"aria-label", "aria-hidden"} & set(attributes):
            self.wrong.append("a picture has no words")
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.wrong.append(f"</{tag}> closes nothing")

    def handle_data(self, data: str) -> None:
        self.texts.append((data, tuple(self._open)))

    @property
    def text(self) -> str:
        """All that people read."""
        shown = (text for text, inside in self.texts if not {"style", "script"} & set(inside))
        return " ".join(" ".join(shown).split())

    def all(self, tag: str) -> list:
        """List the attributes of all elements of a name."""
        return [attributes for name, attributes, _ in self.elements if name == tag]
