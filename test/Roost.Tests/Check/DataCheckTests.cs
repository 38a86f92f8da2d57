using Roost.Check;
using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Graph;
using Roost.Services.Posts.Log;
using Xunit;

namespace Roost.Tests.Check;

public sealed class DataCheckTests : IAsyncLifetime
{
    private const string Follows = "SELECT id, follower, followee, created_at FROM follows ORDER BY id";
    private const string Events = "SELECT * FROM graph_events ORDER BY seq";

    private SampleData _data = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _data = await SampleData.MakeAsync();

    public ValueTask DisposeAsync() => _data.DisposeAsync();

    [Fact]
    public void A_directory_that_was_closed_is_sound()
    {
        var report = _data.Check();

        Assert.Equal("", _data.Findings());
        Assert.True(report.IsSound);
        Assert.Equal("The data is sound.", report.Verdict);
        Assert.Equal([("accounts", 5), ("logins", 3), ("apps", 0), ("tokens", 0)], report.Parts[0].Counts);
        Assert.Equal([("events", 7), ("follows", 5), ("relations", 0)], report.Parts[1].Counts);
        Assert.Equal([("records", 307), ("segments", 3)], report.Parts[2].Counts.Take(2));
        Assert.Equal([("segments", 0), ("indexed", 0)], report.Parts[3].Counts);
        Assert.Equal([("pictures", 0)], report.Parts[4].Counts);
    }

    [Fact]
    public void A_flipped_byte_in_a_record_is_damage_says_where_and_stays_as_it_is()
    {
        SampleData.Flip(_data.Segments[0], 32 + RecordFormat.HeaderBytes);

        var before = File.ReadAllBytes(_data.Segments[0]);

        var found = _data.Findings(repair: true);

        Assert.Equal(before, File.ReadAllBytes(_data.Segments[0]));
        Assert.StartsWith(
            "Damage posts/00000000000000000001.log at byte 32: Record 1: its checksum does not match; the next that is "
            + "intact is record 2 ", found);
        // The answer to it, the boost and the edit are about nothing then.
        Assert.Contains("Note posts: Records that are about ones that cannot be read: ", found);
        Assert.False(_data.Check().IsSound);
        Assert.StartsWith("The data is damaged.", _data.Check().Verdict);
    }

    [Fact]
    public void A_segment_that_was_cut_short_is_damage_whether_it_is_sealed_or_not()
    {
        using (var file = new FileStream(_data.Segments[0], FileMode.Open)) file.SetLength(file.Length - 100);
        using (var file = new FileStream(_data.Segments[^1], FileMode.Open)) file.SetLength(file.Length - 20);

        var found = _data.Findings();

        Assert.Matches(
            @"Damage posts/0+1\.log at byte \d+: Record \d+: it is cut short; none after it is intact", found);
        Assert.Contains("Records up to 307 were acknowledged, but the newest that is there is 306", found);
    }

    [Fact]
    public async Task Events_of_all_kinds_are_sound()
    {
        await using (var node = await _data.OpenAsync())
        {
            foreach (var isOn in (bool[])[true, false])
            {
                await node.Tags.Follow(new FollowTag(new(1), "birds", isOn), Call.Unbounded);
                await node.Tags.Feature(new FeatureTag(new(1), "birds", isOn), Call.Unbounded);
            }
            await node.Suggestions.Dismiss(new DismissSuggestion(new(1), new(3)), Call.Unbounded);
            await node.Relations.Block(new Block(new(2), new(3)), Call.Unbounded);
            await node.Relations.Mute(new Mute(new(2), new(1)), Call.Unbounded);
            await node.Lists.Make(new MakeList(new(1), "friends"), Call.Unbounded);
        }

        Assert.Equal("The data is sound.", _data.Check().Verdict);
    }

    [Fact]
    public async Task Indexes_of_segments_that_are_missing_or_wrong_are_made_again()
    {
        var indexes = Directory.GetFiles(_data.File("posts"), "*.idx").Order().ToArray();
        var right = indexes.Select(File.ReadAllBytes).ToArray();
        File.Delete(indexes[0]);
        SampleData.Flip(indexes[1], 100);

        var found = _data.Check();
        var repaired = _data.Check(repair: true);

        Assert.Equal(2, found.Parts[2].Findings.Count);
        Assert.StartsWith("Nothing is lost. Run `roost check --repair`", found.Verdict);
        Assert.True(repaired.IsSound);
        Assert.Equal("The data is sound again; nothing was lost.", repaired.Verdict);
        Assert.Equal(["2 indexes were made again from their segments."], repaired.Parts[2].Done);
        Assert.Equal(right, indexes.Select(File.ReadAllBytes));
        Assert.Equal("", _data.Findings());
        await using var node = await _data.OpenAsync();
    }

    [Theory]
    [InlineData("DELETE FROM follows WHERE id = 1", "Account 1 follows 2 by event 1, but the table lacks it.")]
    [InlineData(
        "UPDATE follows SET followee = 4 WHERE id = 1",
        "The follow 1 (account 1 follows 4) is not what its event says.")]
    [InlineData(
        "UPDATE follows SET created_at = 7 WHERE id = 3",
        "The follow 3 (account 3 follows 1) is not what its event says.")]
    [InlineData(
        "UPDATE follows SET id = 2 WHERE id = 3",
        "The follow 2 (account 3 follows 1) is not what its event says.")]
    [InlineData(
        "INSERT INTO follows SELECT seq, follower, followee, at FROM graph_events WHERE seq = 2",
        "Account 2 ended its follow 2 of 3 by event 7, but the table still has it.")]
    [InlineData(
        "DELETE FROM graph_events WHERE seq = 4",
        "Account 4 follows 1 in the table, but the event 4, which said so, is missing.")]
    [InlineData(
        "DELETE FROM graph_events WHERE seq = 1; DELETE FROM follows WHERE id IN (3, 6)",
        "Account 5 follows 2 by event 6, but the table lacks it.")]
    public async Task Follows_and_their_events_are_made_again_from_each_other(string damage, string told)
    {
        var follows = await _data.QueryAsync("graph.db", Follows);
        var events = await _data.QueryAsync("graph.db", Events);
        await _data.ExecuteAsync("graph.db", damage);

        var found = _data.Findings();
        var repaired = _data.Check(repair: true);

        Assert.Contains($"Repairable graph.db, follows: {told}", found);
        Assert.True(repaired.IsSound);
        Assert.Single(repaired.Parts[1].Done);
        Assert.Equal("", _data.Findings());
        Assert.Equal(follows, await _data.QueryAsync("graph.db", Follows));
        Assert.Equal(events, await _data.QueryAsync("graph.db", Events));
        await using var node = await _data.OpenAsync();
        var served = await node.Graph.Relationships(new GetRelationships(new(1), [new(2)]), Call.Until(Ct));
        Assert.True(served[0].Following);
    }

    [Theory]
    [InlineData("DELETE FROM graph_events WHERE seq = 2", "graph_events: The event 2 is missing")]
    [InlineData("INSERT INTO follows VALUES (99, 4, 2, 0)", "graph_events: The events 8 to 98 are missing")]
    [InlineData(
        "UPDATE graph_events SET kind = 2 WHERE seq = 5",
        "graph_events: The event 5 (unfollow: 5 and 1) contradicts")]
    [InlineData(
        "UPDATE graph_events SET kind = 3 WHERE seq = 5",
        "graph_events: The event 5 (kind 3, accounts 5 and 1) is none")]
    [InlineData("UPDATE graph_events SET seq = -1 WHERE seq = 1", "graph_events: There is a number -1")]
    [InlineData(
        "UPDATE follows SET followee = 3000000000 WHERE id = 1",
        "follows: The follow 1 (account 1 follows 3000000000)")]
    public async Task Lost_or_contradicting_events_prove_nothing_and_nothing_is_changed(string damage, string told)
    {
        await _data.ExecuteAsync("graph.db", damage + "; DELETE FROM follows WHERE id = 4");
        var follows = await _data.QueryAsync("graph.db", Follows);
        var events = await _data.QueryAsync("graph.db", Events);
        var isRepairable = told.Contains("3000000000", StringComparison.Ordinal);

        var found = _data.Findings(repair: true);

        Assert.Contains($"{(isRepairable ? "Repaired" : "Damage")} graph.db, {told}", found);
        Assert.Equal(isRepairable, _data.Check().IsSound);
        if (isRepairable) return;
        Assert.Contains("Damage graph.db, follows: Account 4 follows 1 by event 4, but the table lacks it.", found);
        Assert.Equal(follows, await _data.QueryAsync("graph.db", Follows));
        Assert.Equal(events, await _data.QueryAsync("graph.db", Events));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Whatever_rows_are_lost_a_repair_brings_back_exactly_what_was_or_changes_nothing(int seed)
    {
        var random = new Random(seed);
        await using (var node = await _data.OpenAsync())
        {
            for (var step = 0; step < 60; step++)
            {
                var (a, b) = (new AccountId(random.Next(1, 6)), new AccountId(random.Next(1, 6)));
                if (a == b) continue;
                if (random.Next(3) == 0) await node.Graph.Unfollow(new Unfollow(a, b), Call.Until(Ct));
                else await node.Graph.Follow(new Follow(a, b), Call.Until(Ct));
            }
        }
        var follows = await _data.QueryAsync("graph.db", Follows);
        var events = await _data.QueryAsync("graph.db", Events);
        var last = events.Split('\n').Length;

        for (var round = 0; round < 12; round++)
        {
            // Not the newest event: without it the history is another, and a whole one.
            var losses = Enumerable.Range(0, random.Next(1, 4)).Select(_ => random.Next(2) == 0
                ? $"DELETE FROM follows WHERE id = (SELECT id FROM follows ORDER BY id LIMIT 1 OFFSET {random.Next(8)})"
                : $"DELETE FROM graph_events WHERE seq = {random.Next(1, last)}");
            var damage = string.Join("; ", losses);
            var copy = await File.ReadAllBytesAsync(_data.File("graph.db"), Ct);
            await _data.ExecuteAsync("graph.db", damage);
            var damaged = (await _data.QueryAsync("graph.db", Follows), await _data.QueryAsync("graph.db", Events));

            var isSound = _data.Check(repair: true).IsSound;

            var after = (await _data.QueryAsync("graph.db", Follows), await _data.QueryAsync("graph.db", Events));
            Assert.True(after == (isSound ? (follows, events) : damaged), $"seed {seed}, round {round}: {damage}");
            await File.WriteAllBytesAsync(_data.File("graph.db"), copy, Ct);
        }
    }

    [Fact]
    public async Task An_account_that_is_missing_is_told_by_all_who_name_it()
    {
        await _data.ExecuteAsync("users.db", "DELETE FROM accounts WHERE id IN (3, 5)");

        var found = _data.Findings(repair: true);

        Assert.Contains("Damage users.db: Row 3 of logins refers to a row of accounts that is missing.", found);
        Assert.Contains("Damage users.db, accounts: The account 3 is missing", found);
        Assert.Contains(
            "Damage graph.db, follows: Account 3 is named once by follows, but it is not in users.db.", found);
        Assert.Contains("Damage graph.db, follows: Account 5 is named 2 times by follows", found);
        Assert.Contains("Damage posts: Account 3 is named 3 times by posts, boosts", found);
    }

    [Fact]
    public async Task Records_that_no_service_could_have_written_are_told()
    {
        var own = await _data.AppendAsync(
            SampleData.Draft(RecordKind.Post, 1, default, SampleData.Text(5)),
            SampleData.Draft(RecordKind.Post, 1, default, [9, 9]),
            SampleData.Draft(RecordKind.Boost, 2, default, []));
        await _data.AppendAsync(
            SampleData.Draft(RecordKind.Delete, 2, own[0].Id, []),
            SampleData.Draft(RecordKind.Boost, 2, own[2].Id, []),
            SampleData.Draft(RecordKind.Post, 9, own[0].Id, SampleData.Text(5, mentions: 8), answered: 7));

        var found = _data.Findings();

        Assert.Contains("Record 309: its text cannot be read (", found);
        Assert.Contains("Record 310: a record of kind Boost is about another one, and this one names none.", found);
        Assert.Contains("Record 311: account 2 cannot change record 308, which is account 1's.", found);
        Assert.Contains("Record 312: a record of kind Boost cannot be about record 310 of kind Boost.", found);
        Assert.Equal([7, 8, 9], Enumerable.Range(1, 20).Where(id =>
            found.Contains($"Damage posts: Account {id} is named once", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("users.db")]
    [InlineData("graph.db")]
    [InlineData("posts")]
    public void A_part_that_is_missing_where_others_hold_something_is_damage(string part)
    {
        if (part == "posts") Directory.Delete(_data.File(part), recursive: true);
        else File.Delete(_data.File(part));

        var found = _data.Findings(repair: true);

        Assert.StartsWith($"Damage {part.Replace(".db", "", StringComparison.Ordinal)}: It is missing", found);
        Assert.False(File.Exists(_data.File(part)) || Directory.Exists(_data.File(part)), "A repair made it.");
        Assert.Equal(part == "users.db", found.Contains("were not looked up", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_database_of_no_bytes_counts_as_missing()
    {
        await File.WriteAllBytesAsync(_data.File("graph.db"), [], Ct);

        Assert.StartsWith("Damage graph: It is missing", _data.Findings(repair: true));
    }

    [Fact]
    public void A_directory_in_which_nothing_was_ever_stored_is_sound()
    {
        Directory.Delete(_data.File("posts"), recursive: true);
        File.Delete(_data.File("users.db"));
        File.Delete(_data.File("graph.db"));
        File.Delete(_data.File("notifications.db"));

        var report = _data.Check();

        Assert.True(report.IsSound);
        Assert.Equal(4, report.Parts.Count(part => part.IsMissing));
    }

    [Fact]
    public void A_directory_that_is_not_there_is_not_made()
    {
        var nowhere = _data.Path + "-not";

        var refusal = Assert.Throws<ServiceException>(() => DataCheck.Run(nowhere, repair: true, ct: Ct));

        Assert.Equal(ErrorCode.NotFound, refusal.Code);
        Assert.False(Directory.Exists(nowhere));
    }

    [Fact]
    public async Task A_directory_in_use_is_not_checked()
    {
        await using var node = await _data.OpenAsync();

        var refusal = Assert.Throws<ServiceException>(() => _data.Check());

        Assert.Equal(ErrorCode.Conflict, refusal.Code);
        Assert.Contains($"in use by the process {Environment.ProcessId}", refusal.Message);
    }
}
