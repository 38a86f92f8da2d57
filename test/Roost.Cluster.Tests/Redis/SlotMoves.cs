using System.Globalization;
using System.Net;
using Roost.Services.Timelines.Redis;
using Xunit;

namespace Roost.Cluster.Tests.Redis;

/// <summary>Moves slots from one server of a cluster to another, as <c>redis-cli --cluster reshard</c> does, but key by
/// key, and whoever moves them says when.</summary>
internal sealed class SlotMoves : IAsyncDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(10);

    private readonly List<RedisLine> _lines = [];
    private readonly Random _random;
    private int[] _slots = [];
    private int _from;
    private int _to;
    private string _fromId = "";
    private string _toId = "";

    private SlotMoves(Random random) => _random = random;

    /// <summary>Those that have keys at the server that has the most of them: these are moved.</summary>
    public IReadOnlyList<int> Slots => _slots;

    /// <summary>When there are keys.</summary>
    /// <param name="random">Chooses who gets the slots, and which key goes first.</param>
    public static async Task<SlotMoves> StartAsync(SharedRedis redis, Random random)
    {
        var moves = new SlotMoves(random);
        var servers = RedisServers.Parse(redis.Place);
        foreach (var server in servers.Seeds)
        {
            moves._lines.Add(await RedisLine.ConnectAsync(
                server, servers, "moves-slots", _patience, TimeProvider.System,
                TestContext.Current.CancellationToken));
        }
        await moves.ChooseAsync();
        return moves;
    }

    public async Task BeginAsync(int slot)
    {
        await AskAsync(_to, "CLUSTER", "SETSLOT", Number(slot), "IMPORTING", _fromId);
        await AskAsync(_from, "CLUSTER", "SETSLOT", Number(slot), "MIGRATING", _toId);
    }

    /// <summary>Moves one key; false when none is left.</summary>
    public async Task<bool> MoveKeyAsync(int slot)
    {
        var keys = (await AskAsync(_from, "CLUSTER", "GETKEYSINSLOT", Number(slot), "1000")).Items!;
        if (keys.Length == 0) return false;
        var to = (IPEndPoint)_lines[_to].Server;
        await AskAsync(
            _from, "MIGRATE", to.Address.ToString(), Number(to.Port), keys[_random.Next(keys.Length)].Say(), "0",
            "10000");
        return true;
    }

    /// <summary>Says to all servers whose the slot is now: first to the new one.</summary>
    public async Task EndAsync(int slot)
    {
        foreach (var server in (int[])[_to, _from, .. Enumerable.Range(0, _lines.Count).Except([_to, _from])])
            await AskAsync(server, "CLUSTER", "SETSLOT", Number(slot), "NODE", _toId);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var line in _lines) await line.DisposeAsync();
    }

    private async Task ChooseAsync()
    {
        var ids = new List<string>();
        for (var server = 0; server < _lines.Count; server++)
            ids.Add((await AskAsync(server, "CLUSTER", "MYID")).Say());
        for (var server = 0; server < _lines.Count; server++)
        {
            var slots = await SlotsOfAsync(server, ids[server]);
            if (slots.Count > _slots.Length) (_from, _slots) = (server, [.. slots]);
        }
        Assert.NotEmpty(_slots);
        _to = (_from + 1 + _random.Next(ids.Count - 1)) % ids.Count;
        (_fromId, _toId) = (ids[_from], ids[_to]);
    }

    /// <summary>Those that a server owns and has keys in.</summary>
    private async Task<List<int>> SlotsOfAsync(int server, string id)
    {
        var slots = new List<int>();
        foreach (var range in (await AskAsync(server, "CLUSTER", "SLOTS")).Items!)
        {
            if (range.Items is not [var first, var last, { Items: [_, _, var owner, ..] }, ..] || owner.Say() != id)
                continue;
            for (var slot = (int)first.Number; slot <= last.Number; slot++)
            {
                if ((await AskAsync(server, "CLUSTER", "COUNTKEYSINSLOT", Number(slot))).Number > 0) slots.Add(slot);
            }
        }
        return slots;
    }

    private async Task<RespValue> AskAsync(int server, params string[] words)
    {
        var answers = await _lines[server].TryAskAsync(new RespWriter().Command(words[0], words.AsSpan(1)), _patience);
        Assert.True(!answers.Error.IsError, $"{string.Join(' ', words)}: {answers.Error.Text}");
        return answers.Last;
    }

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
