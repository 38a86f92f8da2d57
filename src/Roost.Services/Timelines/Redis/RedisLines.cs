using System.Net;
using Roost.Rpc;

namespace Roost.Services.Timelines.Redis;

/// <summary>One line to each server of a cluster, and which server has which group. Thread-safe.</summary>
/// <param name="name">What the lines are called in the servers' lists of connections.</param>
/// <param name="greet">Is run over every new line before it is used; null for nothing.</param>
internal sealed class RedisLines(
    RedisServers servers, InboxKeys keys, string name, TimeProvider time, Func<RedisLine, Task>? greet = null)
    : IAsyncDisposable
{
    /// <summary>A server that could not be had is not tried again for so long: all who ask in a row are told at once.
    /// </summary>
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(50);

    private readonly Lock _lock = new();
    private readonly Dictionary<EndPoint, Task<RedisLine>> _lines = [];
    private readonly Dictionary<EndPoint, long> _failedAt = [];
    private EndPoint?[]? _map;

    /// <summary>The line to the server that has a group, as far as is known.</summary>
    /// <exception cref="ServiceException">It does not answer, or nobody tells who has the group.</exception>
    public async ValueTask<RedisLine> GetAsync(int group, TimeSpan patience, CancellationToken ct)
    {
        var map = Volatile.Read(ref _map) ?? await RefreshAsync(patience, ct);
        var server = map[group] ?? throw new ServiceException(
            ErrorCode.Unavailable, "Inboxes cannot be had at the moment.",
            detail: $"No server of the Redis cluster has slot {keys.Slot(group)}.");
        return await GetAsync(server, patience, ct);
    }

    /// <summary>The line to a server.</summary>
    /// <exception cref="ServiceException">It does not answer.</exception>
    public async ValueTask<RedisLine> GetAsync(EndPoint server, TimeSpan patience, CancellationToken ct)
    {
        Task<RedisLine>? line;
        lock (_lock)
        {
            if (!_lines.TryGetValue(server, out line) || IsOver(server, line))
                _lines[server] = line = ConnectAsync(server, patience);
        }
        return await line.WaitAsync(ct);
    }

    /// <summary>Asks the servers anew who has what.</summary>
    /// <exception cref="ServiceException">None of them answers.</exception>
    public async ValueTask<EndPoint?[]> RefreshAsync(TimeSpan patience, CancellationToken ct)
    {
        var known = Volatile.Read(ref _map) ?? [];
        ServiceException? failure = null;
        foreach (var server in servers.Seeds.Concat(known.OfType<EndPoint>()).Distinct())
        {
            try
            {
                var map = await AskAsync(await GetAsync(server, patience, ct), patience);
                Volatile.Write(ref _map, map);
                return map;
            }
            catch (ServiceException away)
            {
                failure = away;
            }
        }
        throw failure!;
    }

    /// <summary>Those that are there now.</summary>
    public RedisLine[] Open()
    {
        lock (_lock)
        {
            return [.. _lines.Values.Where(line => line.IsCompletedSuccessfully).Select(line => line.Result)
                .Where(line => !line.IsBroken)];
        }
    }

    public async ValueTask DisposeAsync()
    {
        Task<RedisLine>[] lines;
        lock (_lock)
        {
            lines = [.. _lines.Values];
            _lines.Clear();
        }
        foreach (var line in lines)
        {
            await ((Task)line).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (line.IsCompletedSuccessfully)
                await (await line).DisposeAsync();
        }
    }

    private bool IsOver(EndPoint server, Task<RedisLine> line)
    {
        if (line.IsCompletedSuccessfully)
            return line.Result.IsBroken;
        return line.IsCompleted
            && !(_failedAt.TryGetValue(server, out var at) && time.GetElapsedTime(at) < _pause);
    }

    private async Task<RedisLine> ConnectAsync(EndPoint server, TimeSpan patience)
    {
        RedisLine? line = null;
        try
        {
            line = await RedisLine.ConnectAsync(server, servers, name, patience, time, CancellationToken.None);
            if (greet is not null)
                await greet(line);
            return line;
        }
        catch
        {
            lock (_lock)
                _failedAt[server] = time.GetTimestamp();
            if (line is not null)
                await line.DisposeAsync();
            throw;
        }
    }

    /// <summary>Which server has each group; null for one that nobody has. One server that is no cluster has all.
    /// </summary>
    private async ValueTask<EndPoint?[]> AskAsync(RedisLine line, TimeSpan patience)
    {
        var map = new EndPoint?[InboxKeys.Groups];
        var answers = new RedisAnswers(1);
        line.Send(new RespWriter().Command("CLUSTER", "SLOTS"), answers);
        await line.WaitAsync(answers, patience);
        if (answers.Error.Text?.Contains("cluster support disabled", StringComparison.OrdinalIgnoreCase) is true)
        {
            Array.Fill(map, line.Server);
            return map;
        }
        if (answers.Error.IsError)
            throw line.Refused(answers.Error);
        foreach (var range in answers.Last.Items ?? [])
        {
            if (range.Items is not [var first, var last, { Items: [var host, var port, ..] }, ..])
                continue;
            for (var group = 0; group < map.Length; group++)
            {
                if (keys.Slot(group) >= first.Number && keys.Slot(group) <= last.Number)
                    map[group] = RedisServers.EndPointOf(host.Text, (int)port.Number, line.Server);
            }
        }
        return map;
    }
}
