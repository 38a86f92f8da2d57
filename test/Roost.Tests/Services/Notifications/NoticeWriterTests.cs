using Microsoft.Extensions.Logging.Abstractions;
using Roost.Engine.Ids;
using Roost.Services;
using Roost.Services.Notifications;
using Roost.Services.Storage;
using Roost.Tests.Services.Storage;
using Xunit;

namespace Roost.Tests.Services.Notifications;

public sealed class NoticeWriterTests : IAsyncLifetime
{
    private static readonly AccountId _account = new(1);
    private static readonly AccountId _sender = new(2);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private readonly Scratch _scratch = new();
    private DataDirectory _data = null!;
    private SqlDatabase _database = null!;

    public ValueTask InitializeAsync()
    {
        _data = DataDirectory.Open(_scratch.File("data"));
        _database = SqlDatabase.Open(
            _data, NotificationsService.Name, TimeProvider.System, NullLogger.Instance, _scratch.Meters);
        return default;
    }

    public async ValueTask DisposeAsync()
    {
        await _database.DisposeAsync();
        _data.Dispose();
        _scratch.Dispose();
    }

    [Fact]
    public async Task A_block_that_is_heard_of_late_takes_away_what_was_done_before_it_and_not_what_was_done_since()
    {
        var writer = new NoticeWriter(_database, new NotificationsOptions(), new Bell());
        await writer.WriteAsync("test", [Favourite(1, at: 100), Mention(2, at: 200), Mention(3, at: 300)], 1, Ct);

        await writer.WriteAsync("test", [NoticeStep.Take(_account, _sender, upTo: 200)], 2, Ct);
        Assert.Equal([3], Sources());
        Assert.Equal(1, Requests());

        await writer.WriteAsync("test", [NoticeStep.Take(_account, _sender, upTo: 300)], 3, Ct);
        Assert.Empty(Sources());
        Assert.Equal(0, Requests());
    }

    private static NoticeStep Favourite(uint source, long at) => new(
        NoticeAction.Tell, _account, NoticeKind.Favourite, _sender, PostSeq: 1, source, at);

    /// <summary>Kept back.</summary>
    private static NoticeStep Mention(uint source, long at) => new(
        NoticeAction.Tell, _account, NoticeKind.Mention, _sender, PostSeq: source, source, at)
    {
        IsFiltered = true,
    };

    private List<long> Sources() => _database.Read(session =>
    {
        var sources = new List<long>();
        using var rows = session.Query("SELECT source FROM notifications ORDER BY source");
        while (rows.Read()) sources.Add(rows.GetInt64(0));
        return sources;
    });

    private long Requests() => _database.Read(session => session.Number("SELECT COUNT(*) FROM requests")!.Value);
}
