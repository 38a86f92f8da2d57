using Roost.Composition;
using Roost.Rpc.Filters;
using Roost.Services.Posts;
using Roost.Services.Storage;
using Roost.Services.Timelines;
using Roost.Tests.Rpc.Remote;
using Roost.Tests.Services.Timelines;

namespace Roost.Cluster.Tests.Postgres;

/// <summary>Timelines as two processes have them that have nothing else: over gRPC, following a node's posts in
/// PostgreSQL and its graph, each call to whichever comes first.</summary>
internal sealed class TimelinesApart : ITimelinesApart
{
    private const int Instances = 2;

    // What is closed, the last first.
    private readonly Stack<IAsyncDisposable> _opened;

    private TimelinesApart(TimelinesApi timelines, Stack<IAsyncDisposable> opened) =>
        (Timelines, _opened) = (timelines, opened);

    public TimelinesApi Timelines { get; }

    public static async Task<ITimelinesApart> OpenAsync(Node node, string directory, NodeTools tools)
    {
        var database = (await File.ReadAllLinesAsync(Path.Combine(directory, DirectoryDatabase.FileName)))[0];
        var opened = new Stack<IAsyncDisposable>();
        try
        {
            var posts = Opened(await RemoteHost.StartAsync(remote => NodeContracts.Serve(remote, node)));
            var options = new TimelinesRoleOptions(new Elsewhere([new Uri(posts.Address)], []))
            {
                Timelines = new TimelinesOptions { RebuildShare = 1 },
            };
            var places = new List<Uri>();
            for (var i = 0; i < Instances; i++)
            {
                var data = Opened(new OwnDirectory(database));
                places.Add(new Uri(Opened(await RemoteHost.StartAsync(async remote => Opened(
                    (await TimelinesRole.Of(options).Serve(
                        data.Data, tools, new ServiceStack(tools.Meters, tools.Time, new MethodLimits()), remote,
                        default)).Owner))).Address));
            }
            var way = Opened(new RoleElsewhere(TimelinesRole.Name, new Elsewhere(places, []), tools));
            return new TimelinesApart(TimelinesRemote.ConnectTimelines(way.Connect(TimelinesRole.Name)), opened);
        }
        catch
        {
            await CloseAsync(opened);
            throw;
        }

        T Opened<T>(T one) where T : IAsyncDisposable
        {
            opened.Push(one);
            return one;
        }
    }

    public ValueTask DisposeAsync() => CloseAsync(_opened);

    private static async ValueTask CloseAsync(Stack<IAsyncDisposable> opened)
    {
        while (opened.TryPop(out var one)) await one.DisposeAsync();
    }

    /// <summary>Of one that follows posts, gone with it.</summary>
    private sealed class OwnDirectory : IAsyncDisposable
    {
        private readonly string _path = Directory.CreateTempSubdirectory("roost-test-").FullName;

        public OwnDirectory(string database) =>
            Data = DataDirectory.Open(_path, database: database, service: PostsService.Folder);

        public DataDirectory Data { get; }

        public ValueTask DisposeAsync()
        {
            Data.Dispose();
            Directory.Delete(_path, recursive: true);
            return default;
        }
    }
}
