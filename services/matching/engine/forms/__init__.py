"""Forms of mentoring besides one protégé with one mentor for the most points; each in, proven or bounded, the same shape out."""
