"""The integer contract: what training promises and hardware keeps."""
