"""warroom: emergency releases on Google Cloud Run from one terminal."""

__version__ = "0.1.0"
