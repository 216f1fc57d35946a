"""Everything stands in pyproject.toml; scrapyd-deploy wants this file."""

from setuptools import setup

setup()
