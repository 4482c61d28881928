"""Hooks of the site: pages that stand above docs/, and links to files that do.

mkdocs reads one folder. The README is the first page of the site, and what a page links to
elsewhere in the repository is copied into it, as it is.
"""

import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[1]
ABOVE = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
}
SOURCES = "repository"  # where files of the repository are
LINK = re.compile(r"\]\((?P<path>[^)#:\s]+)(?P<anchor>#[^)\s]*)?\)")


def _linked(page: str, link: str) -> Path:
    """Return the file that a link of a page leads to, seen from the root of the repository."""
    start = ROOT / page if page in ABOVE else ROOT / "docs" / page
    return (start.parent / link).resolve().relative_to(ROOT)


def _texts() -> dict[str, str]:
    """Read all pages, by their names."""
    found = {name: (ROOT / name).read_text() for name in ABOVE}
    docs = ROOT / "docs"
    return found | {str(path.relative_to(docs)): path.read_text() for path in docs.rglob("*.md")}


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages above docs/, and the files outside it that pages link to."""
    for name, page in ABOVE.items():
        files.append(File.generated(config, page, content=(ROOT / name).read_text()))
    outside = {
        path
        for name, text in _texts().items()
        for path in (_linked(name, link["path"]) for link in LINK.finditer(text))
        if path.parts[0] != "docs" and str(path) not in ABOVE and (ROOT / path).is_file()
    }
    for path in sorted(outside):
        content = (ROOT / path).read_bytes()
        files.append(File.generated(config, f"{SOURCES}/{path}.txt", content=content))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Turn links between files of the repository into links between pages of the site."""
    origin = {page: name for name, page in ABOVE.items()}.get(page.file.src_uri, page.file.src_uri)
    back = "../" * page.file.src_uri.count("/")

    def turned(link: re.Match[str]) -> str:
        path, anchor = _linked(origin, link["path"]), link["anchor"] or ""
        if str(path) in ABOVE:
            return f"]({back}{ABOVE[str(path)]}{anchor})"
        if path.parts[0] == "docs":
            return f"]({back}{path.relative_to('docs')}{anchor})"
        return f"]({back}{SOURCES}/{path}.txt)"

    return LINK.sub(turned, markdown)
