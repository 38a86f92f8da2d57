using System.Data.Common;
using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Storage;

namespace Roost.Services.Collections;

/// <summary>The Collections service's SQL.</summary>
internal sealed class CollectionsStore(SqlDatabase database)
{
    private const string Select =
        """
        SELECT id, account, name, description, language, tag, sensitive, discoverable, created_at, updated_at
        FROM collections
        """;

    public AccountCollection? Get(long id) => database.Read(session => Read(session, id));

    /// <summary>Newest first; one more than wanted, if there is.</summary>
    public List<AccountCollection> List(ListCollections request) => database.Read(session =>
    {
        var found = new List<AccountCollection>();
        var mine = request.Viewer == request.Account ? 1 : 0;
        using (var rows = request.WithAccount
            ? session.Query(
                $"""
                {Select} WHERE id IN (SELECT collection FROM items WHERE account = @account AND state = 1)
                ORDER BY id DESC LIMIT @limit OFFSET @offset
                """, request.Account.Value, request.Limit + 1, request.Offset)
            : session.Query(
                $"""
                {Select} WHERE account = @account AND (discoverable = 1 OR @mine = 1)
                ORDER BY id DESC LIMIT @limit OFFSET @offset
                """, request.Account.Value, mine, request.Limit + 1, request.Offset))
        {
            while (rows.Read()) found.Add(Of(rows));
        }
        return found.ConvertAll(one => one with { Items = ItemsOf(session, one.Id) });
    });

    public ValueTask<AccountCollection> MakeAsync(MakeCollection request, DateTimeOffset at, CancellationToken ct) =>
        database.WriteAsync(session =>
        {
            var count = session.Number(
                "SELECT COUNT(*) FROM collections WHERE account = @account", request.Account.Value);
            if (count >= AccountCollection.PerAccountMax)
                throw CollectionRules.TooMany(
                    $"Collections are too many; you can have {AccountCollection.PerAccountMax}");
            var id = Next(session, "collections");
            var traits = request.Traits;
            session.Execute(
                """
                INSERT INTO collections (
                  id, account, name, description, language, tag, sensitive, discoverable, created_at, updated_at)
                VALUES (@id, @account, @name, @description, @language, @tag, @sensitive, @discoverable, @at, @at)
                """, id, request.Account.Value, traits.Name, traits.Description ?? "", NonEmpty(traits.Language),
                NonEmpty(traits.Tag), traits.Sensitive is true ? 1 : 0, traits.Discoverable is true ? 1 : 0,
                at.ToUnixTimeMilliseconds());
            foreach (var member in request.Members) Add(session, id, member, at);
            return Read(session, id)!;
        }, cancellation: ct);

    public ValueTask<AccountCollection?> ChangeAsync(
        ChangeCollection request, DateTimeOffset at, CancellationToken ct) => database.WriteAsync(session =>
        {
            if (Own(session, request.Account, request.Id) is not { } old) return null;
            var traits = request.Traits;
            session.Execute(
                """
                UPDATE collections SET name = @name, description = @description, language = @language, tag = @tag,
                  sensitive = @sensitive, discoverable = @discoverable, updated_at = @at WHERE id = @id
                """, traits.Name ?? old.Name, traits.Description ?? old.Description,
                NonEmpty(traits.Language ?? old.Language), NonEmpty(traits.Tag ?? old.Tag),
                (traits.Sensitive ?? old.IsSensitive) ? 1 : 0, (traits.Discoverable ?? old.IsDiscoverable) ? 1 : 0,
                at.ToUnixTimeMilliseconds(), request.Id);
            return Read(session, request.Id);
        }, cancellation: ct);

    public ValueTask<bool> EndAsync(EndCollection request, CancellationToken ct) => database.WriteAsync(session =>
    {
        if (Own(session, request.Account, request.Id) is null) return false;
        session.Execute("DELETE FROM items WHERE collection = @id", request.Id);
        return session.Execute("DELETE FROM collections WHERE id = @id", request.Id) > 0;
    }, cancellation: ct);

    public ValueTask<CollectionItem?> AddAsync(AddToCollection request, DateTimeOffset at, CancellationToken ct) =>
        database.WriteAsync(session =>
        {
            if (Own(session, request.Account, request.Id) is null) return null;
            var item = Add(session, request.Id, request.Member, at);
            Touch(session, request.Id, at);
            return item;
        }, cancellation: ct);

    public ValueTask<bool> RemoveAsync(RemoveFromCollection request, DateTimeOffset at, CancellationToken ct) =>
        database.WriteAsync(session =>
        {
            if (Own(session, request.Account, request.Id) is null) return false;
            Touch(session, request.Id, at);
            return session.Execute(
                "DELETE FROM items WHERE id = @item AND collection = @id AND state = 1", request.Item, request.Id) > 0;
        }, cancellation: ct);

    public ValueTask<bool> LeaveAsync(LeaveCollection request, DateTimeOffset at, CancellationToken ct) =>
        database.WriteAsync(session =>
        {
            var member = session.Number(
                "SELECT account FROM items WHERE id = @item AND collection = @id AND state = 1", request.Item,
                request.Id);
            if (member is null) return false;
            if (member != request.Account.Value) throw CollectionRules.NotYours();
            session.Execute("UPDATE items SET state = 2 WHERE id = @item", request.Item);
            Touch(session, request.Id, at);
            return true;
        }, cancellation: ct);

    public ValueTask<bool> EraseAsync(AccountId account, CancellationToken ct) => database.WriteAsync(session =>
    {
        session.Execute(
            "DELETE FROM items WHERE collection IN (SELECT id FROM collections WHERE account = @account)",
            account.Value);
        session.Execute("DELETE FROM items WHERE account = @account", account.Value);
        session.Execute("DELETE FROM collections WHERE account = @account", account.Value);
        return true;
    }, cancellation: ct);

    private static CollectionItem Add(SqlSession session, long id, AccountId member, DateTimeOffset at)
    {
        var state = session.Number(
            "SELECT state FROM items WHERE collection = @id AND account = @account", id, member.Value);
        if (state == 1) throw CollectionRules.Taken("Account is in this collection already");
        if (state == 2) throw CollectionRules.Taken("Account has left this collection");
        var count = session.Number("SELECT COUNT(*) FROM items WHERE collection = @id AND state = 1", id);
        if (count >= AccountCollection.ItemsMax)
        {
            throw CollectionRules.TooMany(
                $"Accounts are too many; a collection has {AccountCollection.ItemsMax} at most");
        }
        var item = Next(session, "items");
        session.Execute(
            "INSERT INTO items (id, collection, account, state, created_at) VALUES (@item, @id, @account, 1, @at)",
            item, id, member.Value, at.ToUnixTimeMilliseconds());
        return new CollectionItem(item, member, DateTimeOffset.FromUnixTimeMilliseconds(at.ToUnixTimeMilliseconds()));
    }

    private static void Touch(SqlSession session, long id, DateTimeOffset at) => session.Execute(
        "UPDATE collections SET updated_at = @at WHERE id = @id", at.ToUnixTimeMilliseconds(), id);

    /// <exception cref="ServiceException"><see cref="ErrorCode.Forbidden"/>: it is somebody else's.</exception>
    private static AccountCollection? Own(SqlSession session, AccountId account, long id) =>
        Read(session, id) is not { } found ? null
            : found.Account == account ? found
            : throw CollectionRules.NotYours();

    private static AccountCollection? Read(SqlSession session, long id)
    {
        AccountCollection found;
        using (var row = session.Query($"{Select} WHERE id = @id", id))
        {
            if (!row.Read()) return null;
            found = Of(row);
        }
        return found with { Items = ItemsOf(session, id) };
    }

    private static List<CollectionItem> ItemsOf(SqlSession session, long id)
    {
        using var rows = session.Query(
            "SELECT id, account, created_at FROM items WHERE collection = @id AND state = 1 ORDER BY id", id);
        var items = new List<CollectionItem>();
        while (rows.Read())
        {
            items.Add(new CollectionItem(
                rows.GetInt64(0), new AccountId(rows.GetInt32(1)),
                DateTimeOffset.FromUnixTimeMilliseconds(rows.GetInt64(2))));
        }
        return items;
    }

    private static long Next(SqlSession session, string name)
    {
        session.Execute("UPDATE collection_numbers SET last = last + 1 WHERE name = @name", name);
        return session.Number("SELECT last FROM collection_numbers WHERE name = @name", name)!.Value;
    }

    private static string? NonEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private static AccountCollection Of(DbDataReader row) => new(
        row.GetInt64(0), new AccountId(row.GetInt32(1)), row.GetString(2), row.GetString(3),
        row.IsDBNull(4) ? null : row.GetString(4), row.IsDBNull(5) ? null : row.GetString(5), row.GetInt32(6) == 1,
        row.GetInt32(7) == 1, DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(8)),
        DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(9)), []);
}
