using System.Data.Common;
using Roost.Services.Storage;

namespace Roost.Services.Graph;

/// <summary>
/// Reads a table's rows of one account page by page, newest first, by the row's id. The statements are made once.
/// </summary>
/// <param name="table">Has an ascending <c>id</c>.</param>
/// <param name="account">The column that says whose rows they are.</param>
/// <param name="other">The column wanted.</param>
/// <param name="where">A further condition, or empty; it may have <c>@now</c>.</param>
internal sealed class RowPages(string table, string account, string other, string where = "")
{
    private readonly string _newestFirst = Range(table, account, other, where) + " DESC LIMIT @limit";
    private readonly string _oldestFirst = Range(table, account, other, where) + " ASC LIMIT @limit";
    private readonly string _anyBelow =
        $"SELECT id FROM {table} WHERE {account} = @account AND id < @below {where} ORDER BY id DESC LIMIT 1";

    /// <param name="item">Reads what is wanted from column 1 of a row.</param>
    /// <param name="now">For a condition with <c>@now</c>.</param>
    public (List<(long Id, T Item)> Items, bool HasMore) Read<T>(
        SqlSession session, long owner, RelationRange range, Func<DbDataReader, T> item, long? now = null)
    {
        var before = range.Before == 0 ? long.MaxValue : range.Before;
        var limit = range.Limit == 0 ? int.MaxValue - 1 : range.Limit;
        var items = new List<(long Id, T Item)>();
        var sql = range.Ascending ? _oldestFirst : _newestFirst;
        // One more than asked for tells whether that is all.
        using (var rows = now is null
            ? session.Query(sql, owner, range.After, before, limit + 1)
            : session.Query(sql, owner, range.After, before, now, limit + 1))
        {
            while (rows.Read()) items.Add((rows.GetInt64(0), item(rows)));
        }
        var cut = items.Count > limit;
        if (cut) items.RemoveAt(limit);
        if (range.Ascending) items.Reverse();
        if (cut && !range.Ascending) return (items, true);
        // The page ends at a bound that the caller set: older ones are those below its last item, or from the bound
        // down.
        var below = items.Count > 0 ? items[^1].Id : Math.Min(before, range.After + 1);
        var isAnyBelow = range.After > 0 && (now is null
            ? session.Number(_anyBelow, owner, below)
            : session.Number(_anyBelow, owner, below, now)) is not null;
        return (items, isAnyBelow);
    }

    private static string Range(string table, string account, string other, string where) =>
        $"SELECT id, {other} FROM {table} WHERE {account} = @account AND id > @after AND id < @before {where} "
        + "ORDER BY id";
}
