using Xunit.Sdk;
using Xunit.v3;

// Each test here runs processes that want the whole machine; side by side they would only measure each other.
[assembly: Parallelization(Mode = ParallelMode.None)]
