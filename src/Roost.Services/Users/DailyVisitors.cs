using Roost.Engine.Ids;

namespace Roost.Services.Users;

/// <summary>
/// Notes who came today: a bit for each account, and a list of those whose bit is new, to be stored. <b>Hot
/// path</b>: noting somebody who is known costs a look at one bit. Who came in the last moments before a crash may be
/// missing from a count.
/// </summary>
internal sealed class DailyVisitors(int day)
{
    private const int ChunkAccounts = 1 << 16;

    private readonly Lock _lock = new();
    private readonly List<AccountId> _new = [];
    private Day _now = new(day);

    /// <summary>Days since 1970-01-01Z.</summary>
    public static int DayOf(DateTimeOffset at) => (int)(at.ToUnixTimeSeconds() / (24 * 3600));

    public void Note(AccountId account)
    {
        var (chunk, bit) = (account.Value / ChunkAccounts, account.Value % ChunkAccounts);
        var chunks = Volatile.Read(ref _now).Chunks;
        if (chunk < chunks.Length && chunks[chunk] is { } bits
            && (Volatile.Read(ref bits[bit >> 6]) & (1L << (bit & 63))) != 0)
        {
            return;
        }
        Add(account, chunk, bit);
    }

    /// <summary>Takes who is new, with their day; begins <paramref name="day"/> anew when it is another.</summary>
    public (int Day, IReadOnlyList<AccountId> Accounts) Take(int day)
    {
        lock (_lock)
        {
            var taken = (_now.Number, (IReadOnlyList<AccountId>)[.. _new]);
            _new.Clear();
            if (day != _now.Number) Volatile.Write(ref _now, new Day(day));
            return taken;
        }
    }

    private void Add(AccountId account, int chunk, int bit)
    {
        lock (_lock)
        {
            if (chunk >= _now.Chunks.Length) Array.Resize(ref _now.Chunks, chunk + 1);
            var bits = _now.Chunks[chunk] ??= new long[ChunkAccounts / 64];
            var mask = 1L << (bit & 63);
            if ((bits[bit >> 6] & mask) != 0) return;
            Volatile.Write(ref bits[bit >> 6], bits[bit >> 6] | mask);
            _new.Add(account);
        }
    }

    private sealed class Day(int number)
    {
        public readonly int Number = number;
        public long[]?[] Chunks = [];
    }
}
