using Roost.Rpc;
using Roost.Services.Storage;
using Xunit;

namespace Roost.Tests.Services.Storage;

public sealed class SqlMigrationsTests : IDisposable
{
    private const string First = "CREATE TABLE a (x INTEGER);\nINSERT INTO a VALUES (1);";
    private const string Second = "ALTER TABLE a ADD COLUMN y INTEGER; UPDATE a SET y = x + 1;";

    private readonly Scratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task Steps_are_applied_in_order_and_once()
    {
        await Open((1, First)).DisposeAsync();
        await Open((1, First), (2, Second)).DisposeAsync();

        await using var database = Open((2, Second), (1, First));

        Assert.Equal(2, database.Read(session => session.Number("SELECT sum(y) FROM a")));
        Assert.Equal(2, database.Read(session => session.Number("SELECT count(*) FROM schema_migrations")));
    }

    [Fact]
    public async Task An_edited_step_is_refused()
    {
        await Open((1, First)).DisposeAsync();

        var refusal = Assert.Throws<ServiceException>(() => Open((1, First + " ")));

        Assert.Equal(ErrorCode.Conflict, refusal.Code);
        Assert.Contains("migration 1", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Other_line_ends_are_no_edit()
    {
        await Open((1, First)).DisposeAsync();

        await Open((1, First.Replace("\n", "\r\n", StringComparison.Ordinal))).DisposeAsync();
    }

    [Fact]
    public async Task A_database_of_a_newer_Roost_is_refused()
    {
        await Open((1, First), (2, Second)).DisposeAsync();

        var refusal = Assert.Throws<ServiceException>(() => Open((1, First)));

        Assert.Equal(ErrorCode.Conflict, refusal.Code);
        Assert.Contains("newer", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_step_that_fails_leaves_nothing_behind()
    {
        Assert.Throws<ServiceException>(
            () => Open((1, First), (2, "CREATE TABLE b (x INTEGER); INSERT INTO nowhere VALUES (1);")));

        await using var database = Open((1, First));

        Assert.DoesNotContain("b", database.Read(session => session.Dialect.ReadSchema(session)).Keys);
    }

    [Theory]
    [InlineData("1_a.sql")]
    [InlineData("0001-a.sql")]
    [InlineData("0001_a.txt")]
    [InlineData("0002_a.sql")]
    public void A_misnamed_step_is_refused(string name) =>
        Assert.Throws<ArgumentException>(() => SqlMigrations.FromScripts([(name, First)]));

    [Theory]
    [InlineData("Users")]
    [InlineData("Graph")]
    public async Task The_services_bring_their_steps_with_them(string folder) =>
        await _scratch.OpenDatabase(SqlMigrations.Embedded(folder)).DisposeAsync();

    private SqlDatabase Open(params (int Version, string Sql)[] steps) =>
        _scratch.OpenDatabase(
            SqlMigrations.FromScripts(steps.Select(step => ($"{step.Version:0000}_step.sql", step.Sql))));
}
