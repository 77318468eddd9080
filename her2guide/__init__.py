"""her2guide: treatment guidance for HER2-positive breast cancer as executable, dated, cited knowledge."""

VERSION = "0.1.0"
