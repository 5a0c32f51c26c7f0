"""What a page is for machines: feeds, badges, descriptions for search engines. Pure: values in, text out."""
