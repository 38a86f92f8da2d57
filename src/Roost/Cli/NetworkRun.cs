using Roost.Composition;
using Roost.Replay;
using Roost.Replay.Loading;
using Roost.Replay.Online;
using Roost.Replay.Verifying;
using Roost.Services.Timelines;

namespace Roost.Cli;

/// <summary>
/// What all commands about networks do: read or make one up, load it into a data directory or play it to a server,
/// verify, and report.
/// </summary>
internal sealed class NetworkRun(TimeProvider time, TextWriter output, TextWriter error)
{
    private const int VerifyDefault = 100;

    /// <param name="read">Reads the source whole, so that what is wrong with it shows before anything is
    /// written.</param>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public async Task<int> RunAsync(Func<Network> read, NetworkRunOptions options, CancellationToken ct)
    {
        var progress = ConsoleProgress.OnStandardError(options.Verbose, time);
        try
        {
            var started = time.GetTimestamp();
            progress.Report("source", 0, 1);
            var network = read();
            progress.Report("source", 1, 1);
            return options.To is null
                ? await LoadAsync(network, options, started, progress, ct)
                : await PlayAsync(network, options, options.To, started, progress, ct);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            progress.Close();
            await error.WriteLineAsync("roost: broken off. Run the same command again to complete it; nothing will "
                + "be doubled.");
            return ExitCode.Stopped;
        }
        finally
        {
            progress.Close();
        }
    }

    private async Task<int> LoadAsync(
        Network network, NetworkRunOptions options, long started, ConsoleProgress progress, CancellationToken ct)
    {
        await using var node = await Node.OpenAsync(new NodeOptions(options.Data), NodeTools.ForCommand(), ct);
        var target = new LoadTarget(node.Users, node.Graph, node.Posts, node.Timelines);
        LoadReport? load = null;
        if (!options.VerifyOnly)
        {
            await node.SetAsideForAsync(network.AsSource(), ct);
            load = await new NetworkLoader(target, time, progress.Report).LoadAsync(network, started, ct);
        }

        VerifyReport? verify = null;
        if (options.Verify > 0 || options.VerifyOnly)
        {
            var verifying = time.GetTimestamp();
            var reader = await NodeHomeReader.OpenAsync(network, target.Users, target.Timelines, ct);
            verify = await VerifyAsync(network, reader.ReadAsync, inSourceOrder: true, options, progress, ct);
            verify = verify with { Wall = time.GetElapsedTime(verifying) };
        }
        var code = Finish(options, load, null, verify, started);
        if (load is not null && code == ExitCode.Done && !options.Json) TryIt.Write(output, network, options.Data);
        return code;
    }

    private async Task<int> PlayAsync(
        Network whole, NetworkRunOptions options, Uri server, long started, ConsoleProgress progress,
        CancellationToken ct)
    {
        var network = NetworkSlice.First(whole, options.First);
        var online = new OnlineOptions
        {
            Server = server,
            Speed = options.Speed,
            Secret = options.Secret,
            Concurrency = options.Concurrency,
        };
        using var handler = new SocketsHttpHandler { MaxConnectionsPerServer = options.Concurrency };
        using var http = new HttpClient(handler) { BaseAddress = server, Timeout = TimeSpan.FromSeconds(30) };
        var errors = new OnlineErrors();
        var api = new ClientApi(http, online, time, errors);
        var signIn = new OnlineAccounts(api, online);
        using var services = options.Cluster is { } cluster
            ? new ServiceAccounts(cluster.Users, cluster.Graph, NodeTools.ForCommand())
            : null;
        var accounts = await (services?.OpenAsync(network, Report("accounts"), ct)
            ?? signIn.OpenAsync(network.Usernames, Report("accounts"), ct));
        var reader = new WebHomeReader(api, accounts);

        OnlineReport? played = null;
        if (!options.VerifyOnly)
        {
            await (services?.FollowAsync(accounts, network, Report("follows"), ct)
                ?? signIn.FollowAsync(accounts, network.Follows, Report("follows"), ct));
            // Whoever has read has an inbox: what is verified then has come by way of fan-out.
            foreach (var account in options.Verify > 0 ? Sample(network, options) : [])
                await reader.ReadAsync(account, new PageRange(Limit: 1), ct);
            played = options.Bulk
                ? await new BulkPlayer(network, accounts, api, time, errors, Report("posts"))
                    .PlayAsync(whole.Fingerprint, ct)
                : await new OnlinePlayer(network, accounts, api, online, time, errors, Report("posts"))
                    .PlayAsync(whole.Fingerprint, ct);
        }
        VerifyReport? verify = null;
        if (options.Verify > 0 || options.VerifyOnly)
        {
            verify = await VerifyAsync(network, reader.ReadAsync, inSourceOrder: options.Bulk, options, progress, ct);
        }
        return Finish(options, null, played, verify, started);

        Action<long, long> Report(string step) => (done, total) => progress.Report(step, done, total);
    }

    private Task<VerifyReport> VerifyAsync(
        Network network, HomeReader read, bool inSourceOrder, NetworkRunOptions options, ConsoleProgress progress,
        CancellationToken ct)
    {
        var verifier = new HomeVerifier(
            network, new HomeModel(network), read, inSourceOrder, time,
            (done, total) => progress.Report(LoadStep.Verify, done, total));
        return verifier.VerifyAsync(Sample(network, options), ct);
    }

    /// <summary>The accounts that are verified.</summary>
    private static int[] Sample(Network network, NetworkRunOptions options) => HomeVerifier.Sample(
        [.. Enumerable.Range(0, network.Usernames.Length)], options.Verify > 0 ? options.Verify : VerifyDefault,
        options.Seed);

    private int Finish(
        NetworkRunOptions options, LoadReport? load, OnlineReport? online, VerifyReport? verify, long started)
    {
        var run = new RunReport(time.GetElapsedTime(started), PeakMemory.Bytes());
        ReportWriter.Write(output, options.Json, load, online, verify, run);
        if (verify?.Difference is { } difference)
        {
            error.WriteLine($"roost: difference in the {difference}");
            return ExitCode.Found;
        }
        return online is { Failed: > 0 } ? ExitCode.Environment : ExitCode.Done;
    }
}
