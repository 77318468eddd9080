"""Records as they are -> a chart -> the case as of a date, with the origin of every value."""
