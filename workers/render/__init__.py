"""Content in, letter out: words in the reader's language, once as text and once as HTML."""

from workers.render.brand import Brand, Logo
from workers.render.broken import TemplateBroken
from workers.render.renderer import Renderer

__all__ = ["Brand", "Logo", "Renderer", "TemplateBroken"]
