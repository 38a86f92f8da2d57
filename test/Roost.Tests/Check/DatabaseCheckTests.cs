using System.Globalization;
using Roost.Rpc;
using Xunit;

namespace Roost.Tests.Check;

/// <summary>What is the same for every database of a data directory: pages, indexes, schema; and the rules of
/// <c>users.db</c>.</summary>
public sealed class DatabaseCheckTests : IAsyncLifetime
{
    private SampleData _data = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _data = await SampleData.MakeAsync();

    public ValueTask DisposeAsync() => _data.DisposeAsync();

    [Theory]
    [InlineData("users.db")]
    [InlineData("graph.db")]
    public async Task A_damaged_page_is_damage_and_is_left_alone(string database)
    {
        // A table's first page: what kind of page it is.
        var root = int.Parse(
            await _data.QueryAsync(
                database, $"SELECT rootpage FROM sqlite_schema WHERE name = '{(database == "users.db" ? "accounts" : "follows")}'"),
            CultureInfo.InvariantCulture);
        var bytes = await File.ReadAllBytesAsync(_data.File(database), Ct);
        bytes[(root - 1) * 4_096] ^= 0xFF;
        await File.WriteAllBytesAsync(_data.File(database), bytes, Ct);

        var found = _data.Findings(repair: true);

        Assert.Contains($"Damage {database}: ", found);
        Assert.Equal(bytes, await File.ReadAllBytesAsync(_data.File(database), Ct));
    }

    [Fact]
    public async Task A_damaged_page_of_an_index_is_made_again_from_its_table()
    {
        var root = int.Parse(
            await _data.QueryAsync(
                "graph.db", "SELECT rootpage FROM sqlite_schema WHERE name = 'follows_by_followee'"),
            CultureInfo.InvariantCulture);
        var bytes = await File.ReadAllBytesAsync(_data.File("graph.db"), Ct);
        // Bytes 3 and 4 of a b-tree page's header count its cells, 5 and 6 say where their content begins.
        bytes[(root - 1) * 4_096 + 5] ^= 0x01;
        await File.WriteAllBytesAsync(_data.File("graph.db"), bytes, Ct);

        var found = _data.Findings();
        var repaired = _data.Check(repair: true);

        Assert.Contains("Repairable graph.db: *** in database main ***", found);
        Assert.True(repaired.IsSound, _data.Findings());
        Assert.StartsWith("All indexes of graph.db", repaired.Parts[1].Done[0]);
        Assert.Equal("", _data.Findings());
    }

    [Fact]
    public async Task A_file_that_is_no_database_is_damage()
    {
        await File.WriteAllTextAsync(_data.File("users.db"), new string('x', 10_000), Ct);

        var found = _data.Findings(repair: true);

        Assert.StartsWith("Damage users.db: It cannot be read: ", found);
        Assert.Contains("the accounts that follows and posts name were not looked up", found);
    }

    [Fact]
    public async Task Indexes_that_are_missing_or_other_ones_are_made_again()
    {
        await _data.ExecuteAsync(
            "graph.db", "DROP INDEX follows_by_followee; DROP INDEX follows_by_follower; "
                + "CREATE INDEX follows_by_follower ON follows (follower)");

        var found = _data.Findings();
        var repaired = _data.Check(repair: true);

        Assert.Contains("Repairable graph.db: The index follows_by_followee is missing.", found);
        Assert.Contains("Repairable graph.db: The index follows_by_follower is not as Roost makes it.", found);
        Assert.True(repaired.IsSound);
        Assert.Equal("", _data.Findings());
    }

    [Fact]
    public async Task An_index_that_lacks_a_row_is_made_again_and_then_the_rest_is_checked()
    {
        // The schema forgets the index while its table loses and gains rows, and then remembers it.
        const string Index = "name = 'follows_by_followee'";
        var root = await _data.QueryAsync("graph.db", $"SELECT rootpage FROM sqlite_schema WHERE {Index}");
        var sql = await _data.QueryAsync("graph.db", $"SELECT sql FROM sqlite_schema WHERE {Index}");
        await _data.ExecuteAsync("graph.db", $"PRAGMA writable_schema = ON; DELETE FROM sqlite_schema WHERE {Index}");
        await _data.ExecuteAsync(
            "graph.db", "DELETE FROM follows WHERE id = 1; INSERT INTO follows VALUES (8, 2, 4, 0)");
        await _data.ExecuteAsync(
            "graph.db", "PRAGMA writable_schema = ON; INSERT INTO sqlite_schema VALUES "
                + $"('index', 'follows_by_followee', 'follows', {root}, '{sql}')");

        var found = _data.Check().Parts[1];
        var repaired = _data.Check(repair: true);

        Assert.All(found.Findings, finding => Assert.Contains("follows_by_followee", finding.What));
        Assert.NotEmpty(found.Findings);
        Assert.True(repaired.IsSound);
        Assert.StartsWith("All indexes of graph.db", repaired.Parts[1].Done[0]);
        Assert.StartsWith("1 follows were made again from their events, 0 that", repaired.Parts[1].Done[1]);
        Assert.Equal("", _data.Findings());
    }

    [Fact]
    public async Task A_table_that_is_missing_is_damage()
    {
        await _data.ExecuteAsync("users.db", "DROP TABLE grants");

        Assert.Contains("Damage users.db: The table grants is missing.", _data.Findings(repair: true));
    }

    [Fact]
    public async Task A_database_of_another_schema_is_told_from_damage()
    {
        await _data.ExecuteAsync(
            "graph.db", "INSERT INTO schema_migrations SELECT max(version) + 1, 'later.sql', 'x', 0 "
                + "FROM schema_migrations");
        var newer = Assert.Throws<ServiceException>(() => _data.Check());
        await _data.ExecuteAsync("graph.db", "UPDATE schema_migrations SET version = version + 50");

        Assert.Equal(ErrorCode.Conflict, newer.Code);
        Assert.Contains("has applied migration 51", _data.Findings());
    }

    [Fact]
    public async Task Keys_of_names_and_addresses_are_made_again_also_where_they_were_swapped()
    {
        await _data.ExecuteAsync(
            "users.db", "UPDATE accounts SET username_key = 't' WHERE id = 1;"
                + "UPDATE accounts SET username_key = 'ann' WHERE id = 2;"
                + "UPDATE accounts SET username_key = 'bob' WHERE id = 1;"
                + "UPDATE logins SET email_key = 'x@example.org' WHERE account_id = 3");

        var found = _data.Findings();
        var repaired = _data.Check(repair: true);

        Assert.Contains("Repairable users.db, usernames: The account ann (1) is found as 'bob'.", found);
        Assert.Contains("Repairable users.db, e-mail addresses: The e-mail address of account 3", found);
        Assert.True(repaired.IsSound);
        Assert.Equal(
            ["The keys of 2 usernames and 1 e-mail addresses were made again."], repaired.Parts[0].Done);
        Assert.Equal("", _data.Findings());
    }

    [Fact]
    public async Task A_key_that_another_account_has_by_right_cannot_be_made_again_and_nothing_is_changed()
    {
        await _data.ExecuteAsync("users.db", "UPDATE accounts SET username = 'ANN', username_key = 'zoe' WHERE id = 2");

        var found = _data.Findings(repair: true);

        Assert.Contains("Damage users.db, usernames: The account ANN (2) is found as 'zoe'.", found);
        Assert.Contains("Damage users.db: It cannot be repaired, and nothing in it was changed: ", found);
        Assert.Equal("zoe", await _data.QueryAsync("users.db", "SELECT username_key FROM accounts WHERE id = 2"));
    }

    [Fact]
    public async Task Names_ids_and_passwords_that_cannot_be_are_damage()
    {
        await _data.ExecuteAsync(
            "users.db", "UPDATE accounts SET username = 'b b', username_key = 'b b' WHERE id = 2;"
                + "UPDATE logins SET password_hash = 'plain' WHERE account_id = 1;"
                + "UPDATE accounts SET id = 4000000000 WHERE id = 5");

        var found = _data.Findings();

        Assert.Contains("Damage users.db, usernames: The account 2 has a name that is none", found);
        Assert.Contains("Damage users.db, passwords: The password hash of account 1 cannot be read", found);
        Assert.Contains("Damage users.db, accounts: The account u5 has the id 4000000000, which is none.", found);
        Assert.Contains("Account 5 is named 2 times by follows", found);
    }
}
