using System.Data.Common;
using System.Security.Cryptography;
using System.Text;
using Roost.Engine.Ids;
using Roost.Services.Notifications;
using Roost.Services.Storage;

namespace Roost.Services.WebPush;

/// <summary>A subscription with all that is needed to send to it.</summary>
/// <param name="ToldAfter">Only notifications with greater ids.</param>
/// <param name="Failures">Attempts that failed since the last that did not.</param>
internal sealed record StoredSubscription(
    PushSubscription Public, PushTarget Target, string TokenHash, byte[] SealedToken, long ToldAfter, int Failures);

/// <summary>A message that is to be sent.</summary>
internal sealed record Delivery(
    long Id, long Subscription, AccountId Account, long Notice, int Attempts, DateTimeOffset NextAt,
    DateTimeOffset ExpiresAt);

/// <summary>The WebPush service's SQL.</summary>
internal sealed class SubscriptionStore(SqlDatabase database)
{
    private const string Columns =
        "id, token_hash, sealed_token, account, endpoint, public_key, auth, standard, alerts, policy, told_after, "
        + "failures";

    public static string HashOf(string token) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(token)));

    public List<StoredSubscription> Read() => database.Read(Read);

    public static List<StoredSubscription> Read(SqlSession session)
    {
        var all = new List<StoredSubscription>();
        using var rows = session.Query($"SELECT {Columns} FROM subscriptions ORDER BY id");
        while (rows.Read())
            all.Add(SubscriptionOf(rows));
        return all;
    }

    public List<Delivery> ReadDeliveries() => database.Read(session =>
    {
        var all = new List<Delivery>();
        using var rows = session.Query(
            """
            SELECT id, subscription, account, notice, attempts, next_at, expires_at FROM deliveries ORDER BY id
            """);
        while (rows.Read())
        {
            all.Add(new Delivery(
                rows.GetInt64(0), rows.GetInt64(1), new AccountId(rows.GetInt32(2)), rows.GetInt64(3),
                rows.GetInt32(4), TimeOf(rows, 5), TimeOf(rows, 6)));
        }
        return all;
    });

    /// <summary>The notification up to which the feed was read; at the first start that is the newest.</summary>
    public ValueTask<long> StartAsync(long newest, CancellationToken ct) => database.WriteAsync(session =>
    {
        session.Execute("UPDATE webpush_progress SET up_to = @newest WHERE up_to < 0", newest);
        return session.Number("SELECT up_to FROM webpush_progress")!.Value;
    }, cancellation: ct);

    public ValueTask<StoredSubscription> PutAsync(
        StoredSubscription draft, DateTimeOffset at, Action<StoredSubscription> done, CancellationToken ct) =>
        database.WriteAsync(
            session =>
            {
                End(session, draft.TokenHash);
                session.Execute("UPDATE webpush_progress SET last_subscription = last_subscription + 1");
                var id = session.Number("SELECT last_subscription FROM webpush_progress")!.Value;
                var (shown, target) = (draft.Public with { Id = id }, draft.Target);
                session.Execute(
                    $"""
                    INSERT INTO subscriptions ({Columns}, created_at)
                    VALUES (@id, @hash, @token, @account, @endpoint, @key, @auth, @standard, @alerts, @policy, @after,
                      0, @at)
                    """, id, draft.TokenHash, draft.SealedToken, shown.Account.Value, target.Endpoint,
                    target.PublicKey.ToArray(), target.Auth.ToArray(), target.IsStandard ? 1 : 0, shown.Alerts.Bits,
                    (int)shown.Policy, draft.ToldAfter, at.ToUnixTimeMilliseconds());
                return draft with { Public = shown };
            }, done, ct);

    public ValueTask<bool> ChangeAsync(StoredSubscription changed, Action<bool> done, CancellationToken ct) =>
        database.WriteAsync(
            session => session.Execute(
                "UPDATE subscriptions SET alerts = @alerts, policy = @policy WHERE id = @id",
                changed.Public.Alerts.Bits, (int)changed.Public.Policy, changed.Public.Id) > 0, done, ct);

    /// <summary>Ends the subscription of a token, with all that waits for it.</summary>
    public ValueTask<bool> EndAsync(string tokenHash, Action<bool> done, CancellationToken ct) =>
        database.WriteAsync(session => End(session, tokenHash), done, ct);

    /// <summary>Adds messages, and notes that the feed was read so far: together, so that a crash neither loses one nor
    /// makes one twice.</summary>
    public ValueTask<List<Delivery>> AddAsync(IReadOnlyList<Delivery> drafts, long upTo, CancellationToken ct) =>
        database.WriteAsync(session =>
        {
            var id = session.Number("SELECT last_delivery FROM webpush_progress")!.Value;
            var added = new List<Delivery>(drafts.Count);
            foreach (var draft in drafts)
            {
                added.Add(draft with { Id = ++id });
                session.Execute(
                    """
                    INSERT INTO deliveries (id, subscription, account, notice, attempts, next_at, expires_at)
                    VALUES (@id, @subscription, @account, @notice, 0, @next, @expires)
                    """, id, draft.Subscription, draft.Account.Value, draft.Notice,
                    draft.NextAt.ToUnixTimeMilliseconds(), draft.ExpiresAt.ToUnixTimeMilliseconds());
            }
            session.Execute("UPDATE webpush_progress SET up_to = @upTo, last_delivery = @last", upTo, id);
            return added;
        }, cancellation: ct);

    /// <summary>Notes that a message needs to be sent no more.</summary>
    /// <param name="failures">What the subscription's count is then; null leaves it.</param>
    public ValueTask<bool> DoneAsync(Delivery delivery, int? failures, CancellationToken ct) =>
        database.WriteAsync(session =>
        {
            session.Execute("DELETE FROM deliveries WHERE id = @id", delivery.Id);
            SetFailures(session, delivery, failures);
            return true;
        }, cancellation: ct);

    /// <summary>Notes that a message will be tried again.</summary>
    public ValueTask<bool> RetryAsync(Delivery delivery, int failures, CancellationToken ct) =>
        database.WriteAsync(session =>
        {
            session.Execute(
                "UPDATE deliveries SET attempts = @attempts, next_at = @next WHERE id = @id", delivery.Attempts,
                delivery.NextAt.ToUnixTimeMilliseconds(), delivery.Id);
            SetFailures(session, delivery, failures);
            return true;
        }, cancellation: ct);

    private static void SetFailures(SqlSession session, Delivery delivery, int? failures)
    {
        if (failures is { } count)
        {
            session.Execute(
                "UPDATE subscriptions SET failures = @failures WHERE id = @id", count, delivery.Subscription);
        }
    }

    private static bool End(SqlSession session, string tokenHash)
    {
        session.Execute(
            "DELETE FROM deliveries WHERE subscription IN (SELECT id FROM subscriptions WHERE token_hash = @hash)",
            tokenHash);
        return session.Execute("DELETE FROM subscriptions WHERE token_hash = @hash", tokenHash) > 0;
    }

    private static StoredSubscription SubscriptionOf(DbDataReader row)
    {
        var target = new PushTarget(
            row.GetString(4), (byte[])row.GetValue(5), (byte[])row.GetValue(6), row.GetInt32(7) != 0);
        var shown = new PushSubscription(
            row.GetInt64(0), new AccountId(row.GetInt32(3)), target.Endpoint, new NoticeKinds(row.GetInt32(8)),
            (PushPolicy)row.GetInt32(9), target.IsStandard);
        return new StoredSubscription(
            shown, target, row.GetString(1), (byte[])row.GetValue(2), row.GetInt64(10), row.GetInt32(11));
    }

    private static DateTimeOffset TimeOf(DbDataReader row, int column) =>
        DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(column));
}
