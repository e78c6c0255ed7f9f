"""Every write to the rosters: roster files (``importing``), violations and sanctions (``sanctioning``)."""
