using System.Diagnostics.Metrics;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Roost.Check;
using Roost.Composition;
using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Graph;
using Roost.Services.Posts;
using Roost.Services.Posts.Log;
using Roost.Services.Users;
using Xunit;

namespace Roost.Tests.Check;

/// <summary>
/// A small real data directory to be damaged: five accounts (the first three registered, ann, bob, cyd), six follows
/// of which one was ended, and a post log of three segments in which everything occurs.
/// </summary>
internal sealed class SampleData : IAsyncDisposable
{
    public const string Password = "correct horse battery";

    private readonly ServiceProvider _provider = new ServiceCollection().AddMetrics().BuildServiceProvider();

    private SampleData()
    {
    }

    public string Path { get; } = System.IO.Path.Combine(
        Directory.CreateTempSubdirectory("roost-test-").FullName, "data");

    public string[] Segments => [.. Directory.GetFiles(File("posts"), "*.log").Order()];

    private static Call Call => Call.Until(TestContext.Current.CancellationToken);

    private IMeterFactory Meters => _provider.GetRequiredService<IMeterFactory>();

    public static async Task<SampleData> MakeAsync()
    {
        var data = new SampleData();
        await using (var node = await data.OpenAsync())
        {
            foreach (var name in (string[])["ann", "bob", "cyd"])
                await node.Users.Create(new CreateAccount(name, $"{name}@example.org", Password), Call);
            var imported = Enumerable.Range(4, 2).Select(i => new AccountDraft($"u{i}", "", DateTimeOffset.UnixEpoch));
            await node.Users.Import(new ImportAccounts([.. imported]), Call);
            foreach (var (a, b) in ((int, int)[])[(1, 2), (2, 3), (3, 1), (4, 1), (5, 1), (5, 2)])
                await node.Graph.Follow(new Follow(new(a), new(b)), Call);
            await node.Graph.Unfollow(new Unfollow(new(2), new(3)), Call);
            await PostAsync(node.Posts);
        }
        await data.AppendAsync(Enumerable.Range(0, 300).Select(_ => Draft(RecordKind.Post, 1, default, Text(400))));
        return data;
    }

    public Task<Node> OpenAsync() => OpenAsync(Path);

    public static Task<Node> OpenAsync(string path) => Node.OpenAsync(
        new NodeOptions(path) { Users = CheapPasswords }, NodeTools.ForCommand(),
        TestContext.Current.CancellationToken);

    public static UsersOptions CheapPasswords => new() { Passwords = new() { MemoryKib = 64, Iterations = 1 } };

    public string File(params string[] parts) => System.IO.Path.Combine([Path, .. parts]);

    public DataReport Check(bool repair = false) =>
        DataCheck.Run(Path, repair, ct: TestContext.Current.CancellationToken);

    /// <summary>Checks, and tells where and what is wrong in lines: <c>kind where: what</c>.</summary>
    public string Findings(bool repair = false) => string.Join(
        '\n', Check(repair).Parts.SelectMany(part => part.Findings)
            .Select(finding => $"{finding.Kind} {finding.Where}: {finding.What}"));

    /// <summary>Appends to the log whatever it is, in segments of 64 KiB.</summary>
    public async Task<List<RecordMeta>> AppendAsync(params IEnumerable<RecordDraft> drafts)
    {
        await using var log = PostLog.Open(
            new PostLogOptions { Directory = File("posts"), SegmentBytesMax = 64 << 10 }, TimeProvider.System,
            NullLogger<PostLog>.Instance, new PostLogMetrics(Meters));
        var appended = new List<RecordMeta>();
        foreach (var draft in drafts)
            appended.Add(await log.AppendAsync(draft, TestContext.Current.CancellationToken));
        return appended;
    }

    public static RecordDraft Draft(RecordKind kind, int author, PostId target, byte[] body, int answered = 0) => new(
        new RecordHeader(kind, 0, default, 0, new AccountId(author), new AccountId(answered), target, 0), body);

    public static byte[] Text(int length, params int[] mentions) => new PostBody(
        new string('x', length), "", false, null, null, [.. mentions.Select(id => new AccountId(id))]).Encode();

    public async Task ExecuteAsync(string database, string sql)
    {
        await using var connection = Connect(database);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>All rows of a query as text, one a line.</summary>
    public async Task<string> QueryAsync(string database, string sql)
    {
        await using var connection = Connect(database);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await using var rows = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        var lines = new List<string>();
        while (await rows.ReadAsync(TestContext.Current.CancellationToken))
            lines.Add(string.Join(' ', Enumerable.Range(0, rows.FieldCount).Select(rows.GetValue)));
        return string.Join('\n', lines);
    }

    public static void Flip(string path, int at)
    {
        var bytes = System.IO.File.ReadAllBytes(path);
        bytes[at] ^= 0x10;
        System.IO.File.WriteAllBytes(path, bytes);
    }

    public async ValueTask DisposeAsync()
    {
        await _provider.DisposeAsync();
        Directory.Delete(System.IO.Path.GetDirectoryName(Path)!, recursive: true);
    }

    private static async Task PostAsync(PostsApi posts)
    {
        var hello = await posts.Create(new CreatePost(new(1), "Hello @bob", Mentions: [new(2)]), Call);
        var reply = await posts.Create(new CreatePost(new(2), "Hello yourself", InReplyTo: hello.Id), Call);
        await posts.Boost(new BoostPost(new(3), hello.Id), Call);
        await posts.Favourite(new FavouritePost(new(3), reply.Id), Call);
        await posts.Edit(new EditPost(new(1), hello.Id, "Hello", "", false, null, []), Call);
        await posts.Unboost(new UnboostPost(new(3), hello.Id), Call);
        await posts.Delete(new DeletePost(new(2), reply.Id), Call);
    }

    private SqliteConnection Connect(string database) =>
        new($"Data Source={File(database)};Pooling=False;Foreign Keys=False");
}
