using System.Net;
using System.Security.Cryptography;
using System.Text;
using Roost.Rpc;
using Roost.Services.Community;

namespace Roost.Web.Moderation;

/// <summary>What is decided about somebody at the door.</summary>
internal enum Verdict
{
    Welcome,
    /// <summary>Has to ask first.</summary>
    Asks,
    /// <summary>May not make an account.</summary>
    Stays,
}

/// <summary>
/// Keeps out whom the community blocks: addresses from everything, or from signing up; e-mail addresses and their
/// domains from signing up. The ranges that may do nothing here are kept in memory, read again after each change and
/// every minute; where there are none, a request pays for one comparison.
/// </summary>
internal sealed class Doorkeeper(CommunityApi community, TimeProvider time)
{
    private const int BlocksMax = 10_000;

    private static readonly TimeSpan _readEvery = TimeSpan.FromMinutes(1);

    private volatile IPNetwork[] _closed = [];
    private long _readAt;
    private int _reading;

    /// <summary>Whether an address may do nothing here. <b>Hot path.</b></summary>
    public bool IsClosedTo(IPAddress? address)
    {
        ReadSometimes();
        var closed = _closed;
        if (closed.Length == 0 || address is null) return false;
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        return Array.Exists(closed, range => range.Contains(address));
    }

    /// <summary>Reads the ranges again: after they were changed.</summary>
    public async ValueTask ReadAsync(Call call)
    {
        var blocks = await community.Blocks(new ListBlocks(BlockKind.Ip, Limit: BlocksMax), call);
        _closed =
        [
            .. blocks.Where(block => block.Severity == "no_access")
                .Select(block => IPNetwork.TryParse(block.Value, out var range) ? range : default),
        ];
    }

    /// <summary>What is decided about who wants to sign up.</summary>
    public async ValueTask<Verdict> JudgeAsync(IPAddress? address, string email, Call call)
    {
        var verdict = Verdict.Welcome;
        if (address is not null)
        {
            if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
            var ranges = await community.Blocks(new ListBlocks(BlockKind.Ip, Limit: BlocksMax), call);
            foreach (var block in ranges)
            {
                if (!IPNetwork.TryParse(block.Value, out var range) || !range.Contains(address)) continue;
                if (block.Severity != "sign_up_requires_approval") return Verdict.Stays;
                verdict = Verdict.Asks;
            }
        }
        var at = email.LastIndexOf('@');
        if (at < 0) return verdict;
        for (var domain = email[(at + 1)..].Trim().ToLowerInvariant(); domain.Length > 0;)
        {
            if (await IsThereAsync(BlockKind.EmailDomain, domain)) return Verdict.Stays;
            var dot = domain.IndexOf('.', StringComparison.Ordinal);
            domain = dot < 0 ? "" : domain[(dot + 1)..];
        }
        return await IsThereAsync(BlockKind.Email, HashOf(email)) ? Verdict.Stays : verdict;

        async ValueTask<bool> IsThereAsync(BlockKind kind, string value) =>
            (await community.Blocks(new ListBlocks(kind, Value: value, Limit: 1), call)).Count > 0;
    }

    /// <summary>The hash by which an address is blocked, however it is written: without case, dots, and what follows a
    /// plus.</summary>
    public static string HashOf(string email)
    {
        var text = email.Trim().ToLowerInvariant();
        var at = text.LastIndexOf('@');
        if (at > 0)
        {
            var local = text[..at].Split('+', 2)[0].Replace(".", "", StringComparison.Ordinal);
            text = $"{local}@{text[(at + 1)..]}";
        }
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }

    private void ReadSometimes()
    {
        var now = time.GetTimestamp();
        if (_readAt != 0 && time.GetElapsedTime(_readAt, now) < _readEvery) return;
        if (Interlocked.Exchange(ref _reading, 1) == 1) return;
        Volatile.Write(ref _readAt, now == 0 ? 1 : now);
        _ = ReadAloneAsync();
    }

    private async Task ReadAloneAsync()
    {
        try
        {
            await ReadAsync(Call.Unbounded);
        }
        catch (ServiceException)
        {
            // The ranges that are known still hold; the next minute tries again.
        }
        finally
        {
            Volatile.Write(ref _reading, 0);
        }
    }
}
