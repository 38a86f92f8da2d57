using System.Globalization;
using System.Net;
using Xunit;

namespace Roost.Cluster.Tests.Crash.Load;

/// <summary>
/// One data directory with the process that runs on it, its people, and the model of what was acknowledged to them. Not
/// for use by several threads, apart from <see cref="SendAsync"/>.
/// </summary>
/// <param name="more">What its process is told beside its directory.</param>
internal sealed class Town(string directory, params IReadOnlyList<string> more) : IAsyncDisposable
{
    private const int DifferencesShown = 20;
    private const int KilledExitCode = 128 + 9;

    // A few at a time: each is a password hash, and on a busy machine the last of fifty would wait for longer than a
    // request may.
    private const int RegistrationsAtOnce = 4;

    private readonly List<Person> _people = [];
    private NetworkModel? _model;
    private RoostProcess? _process;
    private Client? _client;
    private int _posts;

    public NetworkModel Model => _model ??= new NetworkModel(_people);

    public RoostProcess Process => _process ?? throw new InvalidOperationException("Nothing has been started yet.");

    public Client Client => _client ?? throw new InvalidOperationException("Nothing has been started yet.");

    /// <summary>Starts on an empty directory, and has so many people join.</summary>
    public static async Task<Town> FoundAsync(
        string directory, int people, CancellationToken ct, params IReadOnlyList<string> more)
    {
        var town = new Town(directory, more);
        try
        {
            await town.StartAsync(ct);
            var app = await town.Client.AppTokenAsync(ct);
            var joined = new Person[people];
            await Parallel.ForEachAsync(
                Enumerable.Range(0, people),
                new ParallelOptions { MaxDegreeOfParallelism = RegistrationsAtOnce, CancellationToken = ct },
                async (i, inner) => joined[i] = await town.Client.JoinAsync(app, $"writer_{i}", inner));
            town._people.AddRange(joined);
            return town;
        }
        catch
        {
            await town.DisposeAsync();
            throw;
        }
    }

    /// <summary>Adds somebody who has joined by other means.</summary>
    public void Add(Person person) => _people.Add(person);

    /// <summary>Starts the process, in place of one that has ended.</summary>
    public async Task StartAsync(CancellationToken ct)
    {
        await DisposeAsync();
        _process = await RoostProcess.UpAsync(directory, ct, more);
        _client = new Client(_process.Url);
    }

    /// <summary>Starts on another directory.</summary>
    public Task MoveAsync(string to, CancellationToken ct)
    {
        directory = to;
        return StartAsync(ct);
    }

    /// <summary>SIGKILL.</summary>
    public async Task KillAsync(CancellationToken ct)
    {
        Process.Kill();
        await EndKilledAsync(ct);
    }

    /// <summary>Waits for the end of a process that was killed.</summary>
    public async Task EndKilledAsync(CancellationToken ct)
    {
        var end = await Process.EndAsync(ct);
        Assert.True(end.ExitCode == KilledExitCode, $"Killed by SIGKILL, it ended with {end}");
    }

    /// <summary>SIGTERM, and an orderly end.</summary>
    public async Task StopAsync(CancellationToken ct)
    {
        Process.Stop();
        var end = await Process.EndAsync(ct);
        Assert.True(end.ExitCode == 0, $"Stopped by SIGTERM, it ended with {end}");
    }

    /// <summary>Sends one request; what is acknowledged goes into the model, a full disk's refusal is handed
    /// back.</summary>
    public async Task<Reply> SendAsync(Operation operation, CancellationToken ct)
    {
        Model.Begin(operation);
        var reply = await operation.TrySendAsync(Client, _people, ct);
        Assert.True(reply is not null, $"The server went away during {operation}:\n{Process.Error}");
        if (reply.Status != HttpStatusCode.ServiceUnavailable) Model.Take(operation, reply);
        return reply;
    }

    /// <summary>A post by somebody, with a key and a text that no other has.</summary>
    public Operation NextPost(int account = 0, int length = 40)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"Post {_posts++} of {account} ");
        return new Operation(OperationKind.Post, account)
        {
            Key = text,
            Text = text + new string('x', Math.Max(1, length - text.Length)),
        };
    }

    /// <summary>Posts so many times, by everybody in turn.</summary>
    public async Task PostAsync(int count, CancellationToken ct)
    {
        for (var i = 0; i < count; i++)
        {
            var reply = await SendAsync(NextPost(i % _people.Count), ct);
            Assert.True(reply.IsSuccess, $"A post was answered {reply}");
        }
    }

    /// <summary>Fails the test unless everything is as it was acknowledged.</summary>
    public async Task AccountAsync(string when, IEnumerable<int> homes, bool isFull, CancellationToken ct)
    {
        var differences = await new Accounting(Model, Client).RunAsync(homes.Distinct(), isFull, ct);
        Assert.True(differences.Count == 0,
            $"After {when}, {differences.Count} things are not as they were acknowledged:\n"
            + string.Join('\n', differences.Take(DifferencesShown)) + $"\nstderr:\n{Process.Error}");
    }

    /// <summary>Accounts for everything and everybody.</summary>
    public Task AccountFullyAsync(string when, CancellationToken ct) =>
        AccountAsync(when, Enumerable.Range(0, _people.Count), isFull: true, ct);

    public async ValueTask DisposeAsync()
    {
        _client?.Dispose();
        if (_process is not null) await _process.DisposeAsync();
        (_client, _process) = (null, null);
    }
}
