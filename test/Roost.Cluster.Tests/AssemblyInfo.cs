using Roost.Cluster.Tests.Postgres;
using Xunit;
using Xunit.Sdk;
using Xunit.v3;

// Each test here runs processes that want the whole machine; side by side they would only measure each other.
[assembly: Parallelization(Mode = ParallelMode.None)]

// Tests of stores that are the same for every engine have no fixture to ask for it.
[assembly: AssemblyFixture(typeof(SharedPostgres))]
