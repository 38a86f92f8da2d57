using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Roost.Engine.Ids;

namespace Roost.Services.Posts;

/// <summary>
/// The idempotency keys of the last hour, each with the post that it made. Bounded in age and number; the log's records
/// carry the keys, so that a restart knows them again. Thread-safe by one small lock.
/// </summary>
internal sealed class IdempotencyKeys(PostsOptions options)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<ulong, uint> _seqs = [];
    private readonly Queue<(ulong Key, long AtUnixMilliseconds)> _byAge = new();

    /// <summary>The 64-bit form in which a client's key is kept: of its SHA-256 with the author, the first 8 bytes,
    /// never 0.</summary>
    public static ulong Of(AccountId author, string key)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes($"{author.Value}:{key}"), hash);
        var value = BinaryPrimitives.ReadUInt64LittleEndian(hash);
        return value == 0 ? 1 : value;
    }

    /// <summary>Seq of the post that the key made, or 0.</summary>
    public uint Find(ulong key, long nowUnixMilliseconds)
    {
        lock (_lock)
        {
            Expire_NeedsLock(nowUnixMilliseconds);
            return _seqs.GetValueOrDefault(key);
        }
    }

    public void Add(ulong key, uint seq, long atUnixMilliseconds)
    {
        lock (_lock)
        {
            if (_seqs.TryAdd(key, seq))
                _byAge.Enqueue((key, atUnixMilliseconds));
            Expire_NeedsLock(atUnixMilliseconds);
        }
    }

    private void Expire_NeedsLock(long nowUnixMilliseconds)
    {
        var oldest = nowUnixMilliseconds - (long)options.IdempotencyWindow.TotalMilliseconds;
        while (_byAge.TryPeek(out var entry) && (
            entry.AtUnixMilliseconds < oldest || _byAge.Count > options.IdempotencyKeysMax))
        {
            _byAge.Dequeue();
            _seqs.Remove(entry.Key);
        }
    }
}
