using Xunit;

// Each test starts processes that use all cores and are timed.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
