using Roost.Cluster.Tests.Postgres;
using Xunit;
using Xunit.Sdk;
using Xunit.v3;

// Tests here wait for processes more than they compute; their collections run side by side, as many as xunit.runner.json says.
[assembly: Parallelization(Mode = ParallelMode.Collections)]

// Tests of stores that are the same for every engine have no fixture to ask for it.
[assembly: AssemblyFixture(typeof(SharedPostgres))]
