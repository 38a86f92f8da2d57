namespace Roost.Services.Graph;

/// <summary>Rows of the tables that say one thing about an account and a target. The statements are constants, for the
/// session keeps each that it has seen.</summary>
internal static class PairRows
{
    private static readonly Dictionary<string, Statements> _statements = new()
    {
        ["follows"] = new("follows", "follower", "followee"),
        ["blocks"] = new("blocks"),
        ["mutes"] = new("mutes"),
        ["follow_requests"] = new("follow_requests"),
        ["follow_terms"] = new("follow_terms"),
        ["notes"] = new("notes"),
        ["endorsements"] = new("endorsements"),
        ["dismissed_suggestions"] = new("dismissed_suggestions"),
    };

    public static bool Exists(this GraphWork work, string table, int account, int target) =>
        work.Sql.Number(_statements[table].Exists, account, target) is not null;

    /// <summary>Makes a row of a table that has no more than the pair; false when it is there.</summary>
    public static bool Insert(this GraphWork work, string table, int account, int target) =>
        work.Sql.Execute(_statements[table].Insert, work.NextSeq, account, target, work.At) > 0;

    public static bool Delete(this GraphWork work, string table, int account, int target) =>
        work.Sql.Execute(_statements[table].Delete, account, target) > 0;

    /// <summary>Whether one of both blocks the other.</summary>
    public static bool IsBlocked(this GraphWork work, int a, int b) =>
        work.Exists("blocks", a, b) || work.Exists("blocks", b, a);

    private sealed class Statements(string table, string account = "account", string target = "target")
    {
        public readonly string Exists =
            $"SELECT 1 FROM {table} WHERE {account} = @account AND {target} = @target";

        public readonly string Insert =
            $"""
            INSERT INTO {table} (id, {account}, {target}, created_at) VALUES (@id, @account, @target, @at)
            ON CONFLICT ({account}, {target}) DO NOTHING
            """;

        public readonly string Delete = $"DELETE FROM {table} WHERE {account} = @account AND {target} = @target";
    }
}
