struct rusage { long ru_times[18]; };
