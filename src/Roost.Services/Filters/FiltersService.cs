using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Storage;

namespace Roost.Services.Filters;

/// <summary>
/// The Filters service: what accounts do not want to read. Truth is in <c>filters.db</c>; all of it is in memory
/// besides, made ready at the first page that its account reads.
/// </summary>
/// <remarks>
/// A change is one transaction that reads the account's filters back; memory gets them after the commit and before the
/// answer, so the next page obeys. Memory: some 200 bytes a filter, 100 a keyword, of those few accounts that have any.
/// </remarks>
public sealed class FiltersService : IAsyncDisposable
{
    /// <summary>The database's name; the file is <c>filters.db</c>.</summary>
    public const string Name = "filters";

    private readonly ConcurrentDictionary<int, AccountFilters> _filters = new();
    private readonly News<AccountId> _changed;
    private readonly SqlDatabase _database;
    private readonly TimeProvider _time;

    private FiltersService(SqlDatabase database, TimeProvider time)
    {
        (_database, _time, _changed) = (database, time, new News<AccountId>(time));
        foreach (var ofAccount in database.Read(session => FilterStore.Read(session)).GroupBy(one => one.Account))
            _filters[ofAccount.Key.Value] = new AccountFilters([.. ofAccount]);
        Api = new FiltersApi(
            Of: (request, _) => new(Of(request.Viewer)),
            OfMany: (request, _) => new(OfMany(request.Viewers.Span)),
            All: (request, _) => new(_filters.GetValueOrDefault(request.Account.Value)?.All ?? []),
            Make: MakeAsync,
            Change: ChangeAsync,
            End: (request, call) => WriteAsync(
                request.Account, session => FilterStore.End(session, request.Account, request.Id),
                static (done, _) => done, call),
            AddKeyword: AddKeywordAsync,
            ChangeKeyword: ChangeKeywordAsync,
            EndKeyword: (request, call) => WriteAsync(
                request.Account, session => FilterStore.EndKeyword(session, request), static (done, _) => done, call),
            AddPost: (request, call) => WriteAsync(
                request.Account, session => FilterStore.AddPost(session, request),
                static (id, all) => all.SelectMany(one => one.Posts).FirstOrDefault(one => one.Id == id), call),
            EndPost: (request, call) => WriteAsync(
                request.Account, session => FilterStore.EndPost(session, request), static (done, _) => done, call),
            Feed: _changed.FollowAsync);
    }

    /// <summary>The service's functions, bare.</summary>
    public FiltersApi Api { get; }

    /// <summary>For processes elsewhere.</summary>
    public FilterListsApi Lists => new(OfMany: (request, _) => new(ListsOf(request)), Changes: ChangesAsync);

    /// <summary>Opens <c>filters.db</c> in the directory, or makes it.</summary>
    /// <exception cref="ServiceException">The database cannot be used; says why.</exception>
    public static FiltersService Open(
        DataDirectory data, TimeProvider time, ILoggerFactory loggers, IMeterFactory meters)
    {
        ArgumentNullException.ThrowIfNull(data);
        var database = SqlDatabase.Open(data, Name, time, loggers.CreateLogger<FiltersService>(), meters);
        return new FiltersService(database, time);
    }

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    private ViewerFilters? Of(AccountId viewer) =>
        _filters.TryGetValue(viewer.Value, out var filters) ? filters.At(_time) : null;

    private ViewerFilters?[] OfMany(ReadOnlySpan<AccountId> viewers) =>
        _filters.IsEmpty ? [] : RareReplies.Of(viewers, Of);

    private async ValueTask<FilterNews> ChangesAsync(AwaitFilterNews request, Call call)
    {
        var (run, last, isWhole, accounts) = await _changed.AfterAsync(
            request.Run, request.After, request.Wait, call.Cancellation);
        return new FilterNews(run, last, isWhole, accounts);
    }

    private AccountFilterList[] ListsOf(ListFiltersOfMany request)
    {
        if (request.Accounts.Count > ListFiltersOfMany.AccountsMax)
        {
            throw new ServiceException(
                ErrorCode.Invalid,
                $"At most {ListFiltersOfMany.AccountsMax} accounts at once, not {request.Accounts.Count}.");
        }
        var lists = new List<AccountFilterList>();
        foreach (var account in request.Accounts)
        {
            if (_filters.TryGetValue(account.Value, out var filters))
                lists.Add(new AccountFilterList(account, filters.All));
        }
        return [.. lists];
    }

    private ValueTask<Filter> MakeAsync(MakeFilter request, Call call)
    {
        RequireTitle(request.Title);
        RequireContexts(request.Contexts);
        RequireDuration(request.For);
        RequireKeywords(request.Keywords);
        return WriteAsync(
            request.Account, session => FilterStore.Make(session, request, _time.GetUtcNow()),
            static (id, all) => all.First(one => one.Id == id), call);
    }

    private ValueTask<Filter?> ChangeAsync(ChangeFilter request, Call call)
    {
        if (request.Title is not null) RequireTitle(request.Title);
        if (request.Contexts is { } contexts) RequireContexts(contexts);
        RequireDuration(request.Expiry?.For);
        RequireKeywords(request.Keywords);
        return WriteAsync(
            request.Account, session => FilterStore.Change(session, request, _time.GetUtcNow()) ? request.Id : 0,
            static (id, all) => all.FirstOrDefault(one => one.Id == id), call);
    }

    private ValueTask<FilterKeyword?> AddKeywordAsync(AddKeyword request, Call call)
    {
        RequireKeyword(request.Text);
        return WriteAsync(request.Account, session => FilterStore.AddKeyword(session, request), Keyword, call);
    }

    private ValueTask<FilterKeyword?> ChangeKeywordAsync(ChangeKeyword request, Call call)
    {
        if (request.Text is not null) RequireKeyword(request.Text);
        return WriteAsync(
            request.Account,
            session =>
            {
                if (FilterStore.FilterOfKeyword(session, request.Account, request.Id) is not { } filter)
                    return (long?)null;
                FilterStore.Edit(
                    session, request.Account, filter, new KeywordEdit(request.Id, request.Text, request.WholeWord));
                return request.Id;
            }, Keyword, call);
    }

    private static FilterKeyword? Keyword(long? id, IReadOnlyList<Filter> all) =>
        all.SelectMany(one => one.Keywords).FirstOrDefault(one => one.Id == id);

    /// <summary>Changes an account's filters, and answers from what they are then.</summary>
    private async ValueTask<TReply> WriteAsync<T, TReply>(
        AccountId account, Func<SqlSession, T> change, Func<T, IReadOnlyList<Filter>, TReply> reply, Call call)
    {
        var (done, all) = await _database.WriteAsync(
            session => (Done: change(session), All: FilterStore.Read(session, account)),
            written =>
            {
                if (written.All.Count == 0)
                    _filters.TryRemove(account.Value, out _);
                else
                    _filters[account.Value] = new AccountFilters([.. written.All]);
                _changed.Tell(account);
            }, call.Cancellation);
        return reply(done, all);
    }

    private static void RequireTitle(string title) => RequireText("title", "Title", title, FilterLimits.TitleLengthMax);

    private static void RequireContexts(FilterContexts contexts)
    {
        if (contexts == FilterContexts.None)
            throw FieldRules.Invalid("context", "ERR_BLANK", "Context can't be blank");
    }

    private static void RequireDuration(TimeSpan? duration)
    {
        if (duration is { } given && (given <= TimeSpan.Zero || given > TimeSpan.FromDays(36_500)))
            throw FieldRules.Invalid("expires_in", "ERR_INVALID", "A filter lasts a second to 100 years");
    }

    private static void RequireKeywords(IReadOnlyList<KeywordEdit> keywords)
    {
        foreach (var keyword in keywords)
        {
            if (!keyword.IsEnded && (keyword.Id == 0 || keyword.Text is not null)) RequireKeyword(keyword.Text ?? "");
        }
    }

    private static void RequireKeyword(string text) =>
        RequireText("keyword", "Keyword", text, FilterLimits.KeywordLengthMax);

    /// <param name="max">In UTF-16 code units.</param>
    private static void RequireText(string field, string what, string text, int max)
    {
        if (string.IsNullOrWhiteSpace(text))
            throw FieldRules.Invalid(field, "ERR_BLANK", $"{what} can't be blank");
        if (text.Length > max)
            throw FieldRules.Invalid(field, "ERR_TOO_LONG", $"{what} is too long (maximum is {max} characters)");
    }
}
