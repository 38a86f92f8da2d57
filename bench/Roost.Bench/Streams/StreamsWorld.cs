using System.Text;
using Microsoft.Extensions.Logging;
using Roost.Composition;
using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Graph;
using Roost.Services.Posts;
using Roost.Services.Push;
using Roost.Services.Users;
using Roost.Web;

namespace Roost.Bench.Streams;

/// <summary>
/// The server as <c>roost up</c> starts it, with as many accounts as there will be streams, each signed in. The first
/// of them are authors, whom a few others follow.
/// </summary>
internal sealed class StreamsWorld : IAsyncDisposable
{
    /// <summary>How many of the readers follow an author.</summary>
    public const int FollowersOfAuthor = 20;

    /// <summary>Bodies of long posts, in so many bytes each.</summary>
    public const int LongPostBytes = 5_000;

    /// <summary>Posts that come together.</summary>
    public const int LongBatchPosts = 500;

    public const int LongBatchBytes = LongPostBytes * LongBatchPosts;

    /// <summary>What is to come in each second.</summary>
    public const int IngestMegabytes = 30;

    private const int Authors = 200;

    /// <summary>Accounts without a stream, whose posts concern none.</summary>
    private const int Others = 1_000;

    private static readonly string[] _words =
    [
        "bird", "tree", "morning", "because", "nothing", "house", "river", "always", "people", "winter", "garden",
        "letter", "evening", "summer", "bread", "window", "music", "silence", "journey", "colour",
    ];
    private const int AtOnce = 256;

    private readonly Random _random = new(1);
    private readonly string[] _bodies;
    private int _next;

    private StreamsWorld(Server server, string directory)
    {
        (Server, Folder) = (server, directory);
        // Made beforehand: making them would take what is to be measured.
        _bodies = [.. Enumerable.Range(0, 256).Select(_ => LongText())];
    }

    public Server Server { get; }

    /// <summary>For files of the clients, too.</summary>
    public string Folder { get; }

    /// <summary>On a server of its own.</summary>
    public required BareStreams Bare { get; init; }

    /// <summary>A token for each account.</summary>
    public string[] Tokens { get; private set; } = [];

    public static async Task<StreamsWorld> OpenAsync(int streams, CancellationToken ct)
    {
        var directory = Directory.CreateTempSubdirectory("roost-bench-").FullName;
        var server = await Server.StartAsync(
            new NodeOptions(Path.Combine(directory, "data")), "http://127.0.0.1:0",
            url => new WebOptions { PublicUrl = url }, LogLevel.Warning, ct);
        var world = new StreamsWorld(server, directory) { Bare = await BareStreams.StartAsync(ct) };
        await world.FillAsync(Math.Max(streams, Authors + FollowersOfAuthor), Call.Until(ct));
        return world;
    }

    /// <summary>Opens a stream for each token, at whichever server has that path.</summary>
    /// <param name="stalled">So many never read.</param>
    /// <param name="atOnce">As <see cref="StreamLoad.OpenAsync"/> takes it.</param>
    public Task<StreamLoad> OpenAsync(string path, string[] tokens, int stalled = 0, bool atOnce = false)
    {
        var url = path == BareStreams.Path ? Bare.Url : Server.Url;
        return StreamLoad.OpenAsync(url, path, tokens, stalled, atOnce, Folder);
    }

    /// <summary>One post after another by each author in turn; the reply is when it is durable.</summary>
    public ValueTask<Post> PostAsync(CancellationToken ct) => Server.Node.Posts.Create(NextPost(), Call.Until(ct));

    /// <summary>Posts so many in one commit, so that they wait together for their streams.</summary>
    public async Task PostManyAsync(int posts, CancellationToken ct)
    {
        var drafts = Enumerable.Range(0, posts).Select(_ => BatchItem.Of(NextPost())).ToArray();
        await Server.Node.Posts.CreateMany(new CreatePosts(drafts), Call.Until(ct));
    }

    /// <summary>Long posts in one commit: the first by somebody whom some readers follow, the others by those whom none
    /// does.</summary>
    public async Task PostLongAsync(CancellationToken ct)
    {
        var drafts = new BatchItem[LongBatchPosts];
        for (var i = 0; i < drafts.Length; i++)
        {
            var author = i == 0 ? 1 + (_next++ % Authors) : Tokens.Length + 1 + _random.Next(Others);
            var text = StreamLoad.Text() + _bodies[_random.Next(_bodies.Length)];
            drafts[i] = BatchItem.Of(new CreatePost(new AccountId(author), text));
        }
        await Server.Node.Posts.CreateMany(new CreatePosts(drafts), Call.Until(ct));
    }

    /// <summary>Waits until all that was posted has been handed over.</summary>
    public async Task HandedOverAsync(CancellationToken ct) =>
        await Server.Node.Push!.Pushed(new AwaitPush(), Call.Until(ct));

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        await Bare.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }

    private string LongText()
    {
        // With the stamp before it, a post is as long as it may be.
        var length = LongPostBytes - StreamLoad.Text().Length;
        var text = new StringBuilder(LongPostBytes + 16);
        while (text.Length < length) text.Append(' ').Append(_words[_random.Next(_words.Length)]);
        text.Length = length - 1;
        return text.Append('.').ToString();
    }

    private CreatePost NextPost() => new(new AccountId(1 + (_next++ % Authors)), StreamLoad.Text());

    private async Task FillAsync(int accounts, Call call)
    {
        var node = Server.Node;
        var now = TimeProvider.System.GetUtcNow();
        var drafts = Enumerable.Range(1, accounts + Others).Select(i => new AccountDraft($"u{i}", $"U {i}", now));
        await node.Users.Import(new ImportAccounts([.. drafts]), call);
        var follows = new HashSet<(AccountId, AccountId)>();
        for (var author = 1; author <= Authors; author++)
        {
            for (var i = 0; i < FollowersOfAuthor;)
            {
                var follower = 1 + _random.Next(accounts);
                if (follower != author && follows.Add((new AccountId(follower), new AccountId(author))))
                    i++;
            }
        }
        await node.Graph.Import(new ImportFollows([.. follows], now), call);
        Tokens = new string[accounts];
        for (var first = 0; first < accounts; first += AtOnce)
        {
            await Task.WhenAll(Enumerable.Range(first, Math.Min(AtOnce, accounts - first)).Select(async i =>
            {
                var issued = await node.Users.CreateToken(new CreateToken(0, new AccountId(i + 1), "read"), call);
                Tokens[i] = issued.Value;
            }));
        }
    }
}
