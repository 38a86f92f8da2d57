using System.Globalization;
using System.Net.Sockets;
using Roost.Engine.Inboxes;
using Roost.Services.Timelines.Redis;

namespace Roost.Bench.Inbox;

/// <summary>
/// As little as a client can do: one blocking socket to a server, commands made and sent some thousand at a time, and
/// as many replies read, a few such packs under way. It appends where there is a list, cuts off what has grown too
/// long, and keeps nothing else: no checkpoint, no word for a lost connection.
/// </summary>
internal sealed class BareRedis : IDisposable
{
    private const int PackCommands = 4_096;
    private const int PacksMax = 4;

    /// <summary>As <see cref="RedisWriter"/> has it.</summary>
    private const int Slack = 200;

    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly RespWriter _commands = new(PackCommands * 64);
    private readonly Queue<int[]> _awaited = new();
    private readonly byte[] _received = new byte[64 << 10];
    private int _start;
    private int _end;
    private int[] _accounts = new int[PackCommands];

    public BareRedis(string endpoint)
    {
        var at = endpoint.LastIndexOf(':');
        _socket.Connect(endpoint[..at], int.Parse(endpoint[(at + 1)..], CultureInfo.InvariantCulture));
    }

    /// <summary>The name of a list that is not Roost's, in the same slot as Roost's.</summary>
    public static byte[] NameOf(InboxKeys keys, int group) => [.. keys.Entries(group)[..^1], (byte)'b'];

    /// <summary>Makes lists of some entries.</summary>
    public void Load(InboxKeys keys, IEnumerable<int> accounts, int entries)
    {
        foreach (var account in accounts)
        {
            _commands.Begin(2 + entries);
            _commands.Word("RPUSH"u8);
            _commands.Word(NameOf(keys, account % InboxKeys.Groups), (uint)account);
            for (var i = entries; i > 0; i--)
                _commands.Word([], (uint)i);
            Send(account);
            Settle(0, null);
        }
    }

    /// <summary>Appends pairs of seq and account; the reply counts them.</summary>
    public long Append(byte[][] names, IReadOnlyList<ulong> pairs)
    {
        var made = 0L;
        var tooLong = new HashSet<int>();
        foreach (var pair in pairs)
        {
            var account = (int)pair;
            _commands.Raw("*3\r\n$6\r\nLPUSHX\r\n"u8, commands: 1);
            _commands.Word(names[account % InboxKeys.Groups], (uint)account);
            _commands.Word([], (uint)(pair >> 32));
            _accounts[_commands.Commands - 1] = account;
            if (_commands.Commands == PackCommands)
            {
                Send(null);
                made += Settle(PacksMax, tooLong);
            }
        }
        Send(null);
        made += Settle(0, tooLong);
        foreach (var account in tooLong)
        {
            _commands.Begin(4);
            _commands.Word("LTRIM"u8);
            _commands.Word(names[account % InboxKeys.Groups], (uint)account);
            _commands.Word("0"u8);
            _commands.Word([], InboxArena.Capacity - 1);
        }
        SendTrims();
        return made;
    }

    public void Dispose() => _socket.Dispose();

    private void SendTrims()
    {
        if (_commands.Commands == 0)
            return;
        var count = _commands.Commands;
        _socket.Send(_commands.Written);
        _commands.Clear();
        for (; count > 0; count--)
            Reply();
    }

    private void Send(int? only)
    {
        if (_commands.Commands == 0)
            return;
        _socket.Send(_commands.Written);
        _awaited.Enqueue(only is { } one ? [one] : _accounts[.._commands.Commands]);
        _commands.Clear();
        _accounts = new int[PackCommands];
    }

    /// <summary>Reads replies until no more packs than that are under way.</summary>
    private long Settle(int packs, HashSet<int>? tooLong)
    {
        var made = 0L;
        while (_awaited.Count > packs)
        {
            foreach (var account in _awaited.Dequeue())
            {
                var length = Reply();
                made += length > 0 ? 1 : 0;
                if (length > InboxArena.Capacity + Slack)
                    tooLong?.Add(account);
            }
        }
        return made;
    }

    /// <summary>The next reply: a number; 0 for OK.</summary>
    private long Reply()
    {
        while (true)
        {
            var reader = new RespReader(_received.AsSpan(_start, _end - _start));
            if (reader.TryReadNumber(out var number))
            {
                _start += reader.At;
                return number;
            }
            if (reader.TryRead(out var reply))
            {
                _start += reader.At;
                return reply.IsError ? throw new InvalidOperationException($"Redis answered: {reply.Text}") : 0;
            }
            _received.AsSpan(_start, _end - _start).CopyTo(_received);
            (_start, _end) = (0, _end - _start);
            var read = _socket.Receive(_received.AsSpan(_end));
            if (read == 0)
                throw new IOException("Redis closed the connection.");
            _end += read;
        }
    }
}
