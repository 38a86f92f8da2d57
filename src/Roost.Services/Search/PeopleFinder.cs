using Roost.Engine.Graph;
using Roost.Engine.Ids;
using Roost.Engine.Search;
using Roost.Engine.Text;
using Roost.Rpc;
using Roost.Services.Graph;
using Roost.Services.Users;

namespace Roost.Services.Search;

/// <summary>
/// Finds accounts by the beginnings of their names. Account ids are dense, so it reads those that are new since the
/// last search, before it answers: who has just registered is found. A display name that was changed is found by its
/// new words after the next start only, and by its old ones no more.
/// </summary>
internal sealed class PeopleFinder(UsersApi users, GraphApi graph, SearchOptions options) : IDisposable
{
    private const int AccountsPerRead = 1_000;
    private const int HiddenMax = 1_000;

    private readonly NameIndex _names = new();
    private readonly SemaphoreSlim _reading = new(1);
    // Hidden when they were read: they may be let in, or be back, later.
    private readonly List<AccountId> _hidden = [];
    private int _known;

    public async ValueTask<AccountId[]> FindAsync(FindPeople request, Call call)
    {
        await CatchUpAsync(call);
        var wanted = Words(request.Text);
        if (wanted.Count == 0)
            return [];
        var ids = _names.Find(wanted.MaxBy(word => word.Length)!, options.PeopleLookedAtMax);
        var found = await users.Get(new GetAccounts(ids.ConvertAll(id => new AccountId(id))), call);
        var isName = request.Text.TrimStart().StartsWith('@');
        var matching = found.OfType<Account>().Where(account => Matches(account, wanted, isName)).ToList();
        return await RankedAsync(request, matching, wanted, call);
    }

    public void Dispose() => _reading.Dispose();

    private async ValueTask CatchUpAsync(Call call)
    {
        await _reading.WaitAsync(call.Cancellation);
        try
        {
            var count = await users.Count(new CountAccounts(), call);
            if (_hidden.Count > 0) await TakeInAsync([.. _hidden], call);
            while (_known < count)
            {
                var ids = Enumerable.Range(_known + 1, (int)Math.Min(AccountsPerRead, count - _known));
                _known += await TakeInAsync([.. ids.Select(id => new AccountId(id))], call);
            }
        }
        finally
        {
            _reading.Release();
        }
    }

    private async ValueTask<int> TakeInAsync(AccountId[] ids, Call call)
    {
        _hidden.RemoveAll(ids.Contains);
        var accounts = await users.Get(new GetAccounts(ids), call);
        for (var i = 0; i < ids.Length; i++)
        {
            if (accounts[i] is { } account)
            {
                foreach (var word in WordsOf(account))
                    _names.Add(word, account.Id.Value);
            }
            else if (_hidden.Count < HiddenMax)
            {
                _hidden.Add(ids[i]);
            }
        }
        return ids.Length;
    }

    private async ValueTask<AccountId[]> RankedAsync(
        FindPeople request, List<Account> accounts, List<string> wanted, Call call)
    {
        var viewer = request.Viewer.IsNone ? default : await graph.Followees(new GetFollowees(request.Viewer), call);
        var followees = request.Viewer.IsNone ? SortedIds.Empty : viewer.Ids;
        if (viewer.Rules is { } rules)
            accounts.RemoveAll(account => rules.BlockedBy.Contains(account.Id));
        accounts.RemoveAll(
            account => account.IsSilenced && account.Id != request.Viewer && !followees.Contains(account.Id));
        if (request.Following)
            accounts.RemoveAll(account => !followees.Contains(account.Id));
        var counts = accounts.Count == 0
            ? []
            : await graph.Counts(new CountFollows(accounts.ConvertAll(account => account.Id)), call);
        return [.. accounts.Zip(counts)
            .OrderByDescending(pair => wanted is [var only] && Folding.Fold(pair.First.Username) == only)
            .ThenByDescending(pair => followees.Contains(pair.First.Id))
            .ThenByDescending(pair => pair.Second.Followers)
            .ThenBy(pair => pair.First.Id.Value)
            .Skip(request.Offset).Take(request.Limit)
            .Select(pair => pair.First.Id)];
    }

    private static bool Matches(Account account, List<string> wanted, bool isName)
    {
        var words = isName ? [Folding.Fold(account.Username)] : WordsOf(account);
        return wanted.All(word => words.Exists(own => own.StartsWith(word, StringComparison.Ordinal)));
    }

    private static List<string> WordsOf(Account account) =>
        [Folding.Fold(account.Username), .. Words(account.DisplayName)];

    /// <summary>Folded; what stands between blanks and punctuation.</summary>
    private static List<string> Words(string text)
    {
        var terms = new TokenList();
        Tokenizer.Tokenize(text.Replace('@', ' ').Replace('#', ' '), terms);
        var words = new List<string>(terms.Count);
        for (var i = 0; i < terms.Count; i++)
        {
            if (!terms.Tokens[i].IsExtra)
                words.Add(System.Text.Encoding.UTF8.GetString(terms.TermAt(i)));
        }
        return words;
    }
}
