"""A Sphinx extension that writes sitemap.xml: the address of every page, for search engines."""

from pathlib import Path
from xml.etree import ElementTree

NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"


def setup(app):
    app.connect("build-finished", write_sitemap)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def write_sitemap(app, exception):
    if exception or app.builder.format != "html" or not app.config.html_baseurl:
        return
    pages = sorted(app.env.found_docs)
    addresses = [app.config.html_baseurl + app.builder.get_target_uri(page) for page in pages]
    (Path(app.outdir) / "sitemap.xml").write_text(sitemap(addresses), encoding="utf-8")


def sitemap(addresses):
    """Return the text of a sitemap."""
    urls = ElementTree.Element("urlset", xmlns=NAMESPACE)
    for address in addresses:
        ElementTree.SubElement(ElementTree.SubElement(urls, "url"), "loc").text = address
    return ElementTree.tostring(urls, encoding="unicode", xml_declaration=True) + "\n"
