"""Everything under knowledge/, read and checked, and the editions cut from it by date and region."""
