using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;
using Roost.Replay;
using Roost.Replay.Online;
using Roost.World;

namespace Roost.Scenarios;

/// <summary>
/// Clients that post one after the other until the server is killed under them, and then send what was not answered
/// again, with the same key, until it is. What they post continues the network's activities, so that a naive model can
/// say what every timeline must be.
/// </summary>
/// <remarks>An account posts through one client only, so that its posts have an order.</remarks>
internal sealed class RestartClients : IDisposable
{
    private const int Clients = 16;

    private readonly Stage _stage;
    private readonly Network _network;
    private readonly OnlineAccount[] _accounts;
    private readonly HttpClient _http;
    private readonly ClientApi _api;
    private readonly CancellationTokenSource _killed = new();
    private readonly ConcurrentQueue<(int Post, int Author, string Id)> _acknowledged = [];
    private int _next = -1;

    /// <param name="server">The same before the kill and after it.</param>
    public RestartClients(Stage stage, Network network, OnlineAccount[] accounts, Uri server)
    {
        (_stage, _network, _accounts) = (stage, network, accounts);
        _http = new HttpClient { BaseAddress = server, Timeout = TimeSpan.FromSeconds(30) };
        var options = new OnlineOptions { Server = server, Speed = 1, Secret = "", Attempts = 10 };
        _api = new ClientApi(_http, options, stage.Time, new OnlineErrors());
        Reader = new WebHomeReader(_api, accounts);
    }

    /// <summary>Reads timelines of the same server.</summary>
    public WebHomeReader Reader { get; }

    /// <summary>How many posts had been acknowledged when the server was killed.</summary>
    public int AcknowledgedBeforeKill { get; private set; }

    /// <summary>How many posts were sent at all, each until it was acknowledged.</summary>
    public int Sent => _acknowledged.Count;

    /// <summary>Posts until <see cref="NoteKill"/>, and then until all that was sent is acknowledged.</summary>
    public Task PostAsync() => Task.WhenAll(Enumerable.Range(0, Clients).Select(PostAsync));

    /// <summary>The server is gone: nobody begins anything new.</summary>
    public void NoteKill()
    {
        _killed.Cancel();
        AcknowledgedBeforeKill = _acknowledged.Count;
    }

    /// <summary>Asks for each acknowledged post by its id.</summary>
    public async Task AccountAsync()
    {
        var found = 0;
        var asPosted = NetworkAsPosted();
        await Parallel.ForEachAsync(_acknowledged, _stage.Ct, async (posted, ct) =>
        {
            var (json, _) = await _api.GetAsync(
                $"/api/v1/statuses/{posted.Id}", _accounts[posted.Author].Token, ct);
            var text = asPosted.TextOf(_network.Activities.Length + posted.Post);
            if (Text(json, "content").Contains(text, StringComparison.Ordinal)
                && Text(json["account"]!, "id") == _accounts[posted.Author].Id)
                Interlocked.Increment(ref found);
        });
        _stage.Verdict.Exactly("acknowledged_found", "acknowledged posts found by id", _acknowledged.Count, found);
    }

    /// <summary>The network, with what was posted after its own activities.</summary>
    public Network NetworkAsPosted()
    {
        var at = _network.Activities.Length == 0
            ? _network.StartsAt.ToUnixTimeMilliseconds()
            : _network.Activities[^1].AtUnixMilliseconds;
        var posted = _acknowledged.OrderBy(one => one.Post).Select(
            one => new Activity(one.Author, -1, at, ActivityKind.Post));
        return new Network(
            _network.Source, _network.Usernames, _network.Follows, [.. _network.Activities, .. posted],
            _network.StartsAt, _network.TextSeed);
    }

    public void Dispose()
    {
        _http.Dispose();
        _killed.Dispose();
    }

    private async Task PostAsync(int client)
    {
        var random = SplitMix.For(_stage.Seed, 100 + (ulong)client);
        while (!_killed.IsCancellationRequested)
        {
            var author = client + (Clients * random.Next((_accounts.Length - client + Clients - 1) / Clients));
            var post = Interlocked.Increment(ref _next);
            var key = string.Create(CultureInfo.InvariantCulture, $"restart {_stage.Seed} {post}");
            var started = _stage.Time.GetTimestamp();
            var reply = await _api.PostAsync(
                "/api/v1/statuses",
                new JsonObject { ["status"] = Syllables.Sentence(_stage.Seed, _network.Activities.Length + post) },
                _accounts[author].Token, _stage.Ct, key);
            _acknowledged.Enqueue((post, author, Text(reply, "id")));
            _stage.Live.Posted(_stage.Time.GetElapsedTime(started));
        }
    }

    private static string Text(JsonNode node, string field) => node[field]!.GetValue<string>();
}
