using System.CommandLine;
using Roost.Bench.Balancing;
using Roost.Bench.Discovery;
using Roost.Bench.Filters;
using Roost.Bench.Frame;
using Roost.Bench.Gateway;
using Roost.Bench.Graph;
using Roost.Bench.Inbox;
using Roost.Bench.Pipeline;
using Roost.Bench.Posts;
using Roost.Bench.Queries;
using Roost.Bench.Remote;
using Roost.Bench.Search;
using Roost.Bench.Streams;
using Roost.Bench.Text;
using Roost.Bench.Timelines;
using Roost.Bench.Web;

// One line a benchmark. Each runs its subject and a peer or ceiling in turns, in this one process.
var root = new RootCommand("Measures Roost's parts against peers in the same run. Data to stdout, chatter to stderr.")
{
    ApiBenchmark.Verb(),
    BalancerBenchmark.Verb(),
    BulkBenchmark.Verb(),
    ClusterStoreBenchmark.Verb(),
    FiltersBenchmark.Verb(),
    GatewayBenchmark.Verb(),
    GraphBenchmark.Verb(),
    HomePageBenchmark.Verb(),
    HydrationBenchmark.Verb(),
    InboxBenchmark.Verb(),
    LimitsBenchmark.Verb(),
    PipelineBenchmark.Verb(),
    PostFollowBenchmark.Verb(),
    PostLogBenchmark.Verb(),
    PostTableBenchmark.Verb(),
    QueriesBenchmark.Verb(),
    RedisInboxesBenchmark.Verb(),
    RemoteBenchmark.Verb(),
    RestartBenchmark.Verb(),
    RulesBenchmark.Verb(),
    SearchBenchmark.Verb(),
    SearchFeedBenchmark.Verb(),
    SearchRestartBenchmark.Verb(),
    SlowInstanceBenchmark.Verb(),
    StreamsBenchmark.Verb(),
    StreamsBenchmark.ClientVerb(),
    StreamsPeer.Verb(),
    IdleStreams.Verb(),
    RestartRound.Verb(),
    TextBenchmark.Verb(),
};
return await Verbs.RunAsync(root, args);
