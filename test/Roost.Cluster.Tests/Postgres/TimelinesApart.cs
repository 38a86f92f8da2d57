using Roost.Composition;
using Roost.Rpc.Filters;
using Roost.Services.Posts;
using Roost.Services.Storage;
using Roost.Services.Timelines;
using Roost.Tests.Rpc.Remote;
using Roost.Tests.Services.Timelines;
using Roost.Web;

namespace Roost.Cluster.Tests.Postgres;

/// <summary>Timelines that follow a node's posts in PostgreSQL and its graph: as two processes have them that have
/// nothing else, each call to whichever comes first, or as one that has the client port.</summary>
internal sealed class TimelinesApart : ITimelinesApart
{
    private const int Instances = 2;

    // What is closed, the last first.
    private readonly Stack<IAsyncDisposable> _opened;

    private TimelinesApart(TimelinesApi timelines, Stack<IAsyncDisposable> opened) =>
        (Timelines, _opened) = (timelines, opened);

    public TimelinesApi Timelines { get; }

    /// <summary>Over gRPC.</summary>
    public static Task<ITimelinesApart> OpenAsync(Node node, string directory, NodeTools tools) =>
        OpenAsync(node, directory, async (posts, database, opened) =>
        {
            var options = new TimelinesRoleOptions(posts) { Timelines = new TimelinesOptions { RebuildShare = 1 } };
            var places = new List<Uri>();
            for (var i = 0; i < Instances; i++)
            {
                var data = new OwnDirectory();
                opened.Push(data);
                var stack = new ServiceStack(tools.Meters, tools.Time, new MethodLimits());
                var host = await RemoteHost.StartAsync(async remote => opened.Push(
                    (await TimelinesRole.Of(options).Serve(data.Open(database), tools, stack, remote, default)).Owner));
                opened.Push(host);
                places.Add(new Uri(host.Address));
            }
            var way = new RoleElsewhere(TimelinesRole.Name, new Elsewhere(places, []), tools);
            opened.Push(way);
            return TimelinesRemote.ConnectTimelines(way.Connect(TimelinesRole.Name));
        });

    /// <summary>In its memory.</summary>
    public static Task<ITimelinesApart> OpenInWebAsync(Node node, string directory, NodeTools tools) =>
        OpenAsync(node, directory, async (posts, database, opened) =>
        {
            var data = new OwnDirectory();
            opened.Push(data);
            var web = await WebElsewhere.ConnectAsync(
                new WebServerOptions("", url => new WebOptions { PublicUrl = url }, posts)
                {
                    TimelinesHere = new TimelinesHere(data.Path, database),
                },
                tools, default);
            opened.Push(web);
            return web.Services.Timelines;
        });

    private static async Task<ITimelinesApart> OpenAsync(
        Node node, string directory, Func<Elsewhere, string, Stack<IAsyncDisposable>, Task<TimelinesApi>> open)
    {
        var database = (await File.ReadAllLinesAsync(Path.Combine(directory, DirectoryDatabase.FileName)))[0];
        var opened = new Stack<IAsyncDisposable>();
        try
        {
            var posts = await RemoteHost.StartAsync(remote => NodeContracts.Serve(remote, node));
            opened.Push(posts);
            return new TimelinesApart(
                await open(new Elsewhere([new Uri(posts.Address)], []), database, opened), opened);
        }
        catch
        {
            await CloseAsync(opened);
            throw;
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
        private DataDirectory? _data;

        public string Path { get; } = Directory.CreateTempSubdirectory("roost-test-").FullName;

        public DataDirectory Open(string database) =>
            _data = DataDirectory.Open(Path, database: database, service: PostsService.Folder);

        public ValueTask DisposeAsync()
        {
            _data?.Dispose();
            Directory.Delete(Path, recursive: true);
            return default;
        }
    }
}
