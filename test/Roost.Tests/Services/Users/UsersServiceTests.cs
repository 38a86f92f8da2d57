using Microsoft.Extensions.Logging.Abstractions;
using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Storage;
using Roost.Services.Users;
using Roost.Tests.Services.Storage;
using Xunit;

namespace Roost.Tests.Services.Users;

public sealed class UsersServiceTests : IAsyncLifetime
{
    private const string Password = "correct horse battery";
    private static readonly UsersOptions _cheapPasswords =
        new() { Passwords = new() { MemoryKib = 64, Iterations = 1 } };

    private readonly Scratch _scratch = new();
    private readonly StandingClock _clock = new();
    private DataDirectory _data = null!;
    private UsersService _service = null!;

    private UsersApi Users => _service.Api;

    private static Call Call => Call.Until(TestContext.Current.CancellationToken);

    public ValueTask InitializeAsync()
    {
        _data = DataDirectory.Open(_scratch.File("data"));
        _service = Open();
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _service.DisposeAsync();
        _data.Dispose();
        _scratch.Dispose();
    }

    [Fact]
    public async Task Accounts_are_numbered_from_one_and_survive_a_restart()
    {
        var ann = await RegisterAsync("Ann");
        var bob = await RegisterAsync("bob");
        await ReopenAsync();
        var cyd = await RegisterAsync("cyd");

        var accounts = await Users.Get(new GetAccounts([cyd.Id, new(99), ann.Id, default, bob.Id, ann.Id]), Call);

        Assert.Equal([1, 2, 3], [ann.Id.Value, bob.Id.Value, cyd.Id.Value]);
        Assert.Equal([cyd, null, ann, null, bob, ann], accounts);
        Assert.Equal(_clock.Now, ann.CreatedAt);
        Assert.Equal(3, await Users.Count(new CountAccounts(), Call));
    }

    [Fact]
    public async Task Who_has_kept_accounts_is_told_of_those_that_are_others_now()
    {
        var (ann, bob) = (await RegisterAsync("ann"), await RegisterAsync("bob"));
        AccountId[] ids = [ann.Id, new(99), bob.Id];
        var kept = await Users.Get(new GetAccounts(ids), Call);
        long[] stamps = [.. kept.Select(account => account?.Stamp ?? 0)];
        Assert.Empty(await Users.Renew(new RenewAccounts(ids, stamps), Call));

        var changed = await Users.Change(new ChangeAccount(bob.Id, "Bobby"), Call);

        Assert.Equal([new RenewedAccount(2, changed)], await Users.Renew(new RenewAccounts(ids, stamps), Call));
        Assert.Equal(
            [new(0, ann), new(1, null), new(2, changed)],
            await Users.Renew(new RenewAccounts(ids, [stamps[0] + 1, 7, 0]), Call));
        var wrong = await Assert.ThrowsAsync<ServiceException>(
            async () => await Users.Renew(new RenewAccounts(ids, []), Call));
        Assert.Equal(ErrorCode.Invalid, wrong.Code);
    }

    [Fact]
    public async Task Accounts_that_were_asked_for_elsewhere_are_sent_again_only_when_they_have_changed()
    {
        var (ann, bob) = (await RegisterAsync("ann"), await RegisterAsync("bob"));
        var sent = new List<int>();
        var elsewhere = AccountsElsewhere.Over(Users with
        {
            Renew = async (request, call) =>
            {
                var renewed = await Users.Renew(request, call);
                sent.Add(renewed.Length);
                return renewed;
            },
        });
        var request = new GetAccounts([ann.Id, new(99), bob.Id, ann.Id]);

        Assert.Equal([ann, null, bob, ann], await elsewhere.Get(request, Call));
        Assert.Equal([ann, null, bob, ann], await elsewhere.Get(request, Call));
        var changed = await Users.Change(new ChangeAccount(bob.Id, "Bobby"), Call);
        Assert.Equal([ann, null, changed, ann], await elsewhere.Get(request, Call));

        Assert.Equal([3, 0, 1], sent);
    }

    [Fact]
    public async Task A_profile_survives_a_restart_and_a_change_leaves_what_it_does_not_name()
    {
        var ann = await RegisterAsync("Ann");
        var picture = new Picture(7, "key", ".jpg", "Ann at sea");
        var first = await Users.Change(new ChangeAccount(ann.Id, Profile: new ProfileChange
        {
            Avatar = new PictureChange(picture),
            Fields = [new ProfileField("Pet", "cat")],
            Indexable = false,
            Language = "de",
        }), Call);
        await ReopenAsync();
        var second = await Users.Change(new ChangeAccount(ann.Id, "Annie", Profile: new ProfileChange
        {
            Avatar = default(PictureChange),
            Language = "",
        }), Call);
        await ReopenAsync();

        var kept = (await Users.Get(new GetAccounts([ann.Id]), Call))[0]!;

        Assert.Equal(picture, first!.Profile.Avatar);
        Assert.Equal("de", first.Profile.Posting.Language);
        Assert.Equal(second, kept);
        Assert.Equal("Annie", kept.DisplayName);
        Assert.Equal(
            Profile.Empty with { Fields = [new ProfileField("Pet", "cat")], Indexable = false }, kept.Profile);
    }

    [Fact]
    public async Task The_first_account_is_the_owner_and_how_accounts_stand_survives_a_restart()
    {
        var ann = await RegisterAsync("ann");
        var bob = await RegisterAsync("bob");
        Assert.Equal((AccountRole.Owner, AccountRole.User), (ann.Role, bob.Role));
        var token = await Users.CreateToken(new CreateToken(0, bob.Id, "read") { Ip = "10.0.0.7" }, Call);
        var changed = await _service.Moderation.Change(
            new ChangeStanding(bob.Id, Silenced: true, Role: AccountRole.Moderator), Call);
        Assert.Equal((true, AccountRole.Moderator), (changed!.IsSilenced, changed.Role));
        Assert.Equal("10.0.0.7", Assert.Single(await SessionsAsync()).Ip);

        await _service.Moderation.Change(new ChangeStanding(bob.Id, Suspended: true), Call);
        await ReopenAsync();

        // A browser's session, which is good for nothing but to be told so.
        Assert.Equal(Standing.Suspended, (await Users.FindToken(new FindToken(token.Value), Call))?.Standing);
        Assert.Equal([ann, null], await Users.Get(new GetAccounts([ann.Id, bob.Id]), Call));
        Assert.Null((await Users.Find(new FindAccounts(["bob"]), Call))[0]);
        Assert.Equal(
            Standing.Suspended, (await Users.VerifyPassword(new VerifyPassword("bob", Password), Call))?.Standing);
        var found = Assert.Single(await _service.Moderation.List(new ListAccounts([Standing.Suspended]), Call));
        Assert.Equal(("bob", "bob@example.org", true), (found.Account.Username, found.Email, found.Account.IsSilenced));

        Assert.True(await _service.Moderation.Erase(new EraseAccount(bob.Id), Call));
        await ReopenAsync();

        Assert.Null(await Users.FindToken(new FindToken(token.Value), Call));
        Assert.Null(await Users.VerifyPassword(new VerifyPassword("bob", Password), Call));
        Assert.Equal(Standing.Deleted, (await _service.Moderation.LookUp(new LookUpAccount("BOB"), Call))!.Account.Standing);
        await Assert.ThrowsAsync<ServiceException>(
            async () => await _service.Moderation.Change(new ChangeStanding(bob.Id, Suspended: false), Call));
        Assert.Equal(3, (await RegisterAsync("cyd")).Id.Value);

        ValueTask<IReadOnlyList<SignedIn>> SessionsAsync() =>
            _service.Moderation.Sessions(new ListSessions(bob.Id), Call);
    }

    [Fact]
    public async Task The_name_of_who_was_never_let_in_is_free_again_and_that_of_who_was_is_not()
    {
        var ann = await RegisterAsync("ann");
        var waiting = await AskAsync("Bob");
        Assert.Equal(Standing.Pending, waiting!.Standing);
        Assert.Null((await Users.Find(new FindAccounts(["bob"]), Call))[0]);

        await _service.Moderation.Erase(new EraseAccount(waiting.Id), Call);
        Assert.Null(await _service.Moderation.LookUp(new LookUpAccount("bob"), Call));
        await ReopenAsync();
        var draft = new AccountDraft("bob", "Bob", ann.CreatedAt);
        var other = Assert.Single(await Users.Import(new ImportAccounts([draft]), Call));

        Assert.Equal(3, other.Value);
        Assert.Equal(other, (await Users.Find(new FindAccounts(["BOB"]), Call))[0]!.Id);
        var gone = await _service.Moderation.Look(new LookAtAccounts([waiting.Id]), Call);
        Assert.Equal(Standing.Deleted, gone[0]!.Account.Standing);
        await _service.Moderation.Erase(new EraseAccount(other), Call);
        Assert.Null(await AskAsync("bob"));
        await _service.DisposeAsync();
        Assert.Empty(UsersCheck.Run(_data, repair: false, TestContext.Current.CancellationToken).Report.Findings);
        _service = Open();

        async ValueTask<Account?> AskAsync(string name)
        {
            var asked = new CreateAccount(name, $"{name}@example.org", Password)
            {
                NeedsApproval = true,
                Reason = "birds",
            };
            return (await Users.Create(asked, Call)).Account;
        }
    }

    [Fact]
    public async Task Accounts_are_listed_by_what_is_known_of_them()
    {
        foreach (var name in (string[])["ann", "a_b", "axb", "bob"]) await RegisterAsync(name);
        await Users.Change(new ChangeAccount(new(4), DisplayName: "The Builder"), Call);

        Assert.Equal(["bob", "axb", "a_b", "ann"], await NamesAsync(new ListAccounts()));
        Assert.Equal(["a_b"], await NamesAsync(new ListAccounts(Username: "A_")));
        Assert.Equal(["bob"], await NamesAsync(new ListAccounts(DisplayName: "builder")));
        Assert.Equal(["ann"], await NamesAsync(new ListAccounts(Email: "ann@example.org")));
        Assert.Equal(4, (await NamesAsync(new ListAccounts(Email: "@example.org"))).Length);
        Assert.Equal(["ann"], await NamesAsync(new ListAccounts(RoleMin: AccountRole.Moderator)));
        Assert.Equal(["a_b", "ann"], await NamesAsync(new ListAccounts(Before: 3)));
        Assert.Equal(["axb", "a_b"], await NamesAsync(new ListAccounts(After: 1, Oldest: true, Limit: 2)));

        async Task<string[]> NamesAsync(ListAccounts request) =>
            [.. (await _service.Moderation.List(request, Call)).Select(record => record.Account.Username)];
    }

    [Fact]
    public async Task Who_came_this_week_is_counted_once_and_remembered()
    {
        var ann = await RegisterAsync("ann");
        var token = await Users.CreateToken(new CreateToken(0, ann.Id, "read"), Call);
        for (var i = 0; i < 3; i++) await Users.FindToken(new FindToken(token.Value), Call);
        await ReopenAsync();

        var visits = await _service.Figures.Visits(new CountVisits(2), Call);

        Assert.Equal(1, visits.ActiveMonth);
        Assert.Equal([(1, 1), (0, 0)], visits.Weeks.Select(week => (week.Visitors, week.Joined)));
    }

    [Fact]
    public async Task Who_stays_is_counted_by_the_day_and_by_the_month_of_joining()
    {
        var ann = await RegisterAsync("ann");
        var token = await Users.CreateToken(new CreateToken(0, ann.Id, "read"), Call);
        var joined = DateOnly.FromDateTime(_clock.GetUtcNow().UtcDateTime);
        await Users.FindToken(new FindToken(token.Value), Call);
        _clock.Now += TimeSpan.FromDays(2);
        await _service.Figures.Visits(new CountVisits(), Call);
        await Users.FindToken(new FindToken(token.Value), Call);
        await RegisterAsync("bob");
        await ReopenAsync();

        var active = await _service.Figures.Active(new CountActive(joined, joined.AddDays(2)), Call);
        var days = await _service.Figures.Retention(new CountRetention(joined, joined.AddDays(2), ByMonth: false), Call);
        var months = await _service.Figures.Retention(new CountRetention(joined, joined.AddDays(2), ByMonth: true), Call);

        Assert.Equal([1, 0, 1], active.Days);
        Assert.Equal(1, active.Total);
        Assert.Equal([(joined, 1), (joined.AddDays(1), 0), (joined.AddDays(2), 1)],
            days.Select(cohort => (cohort.Start, cohort.Joined)));
        Assert.Equal(["1 0 1", "0 0", "0"], days.Select(cohort => string.Join(' ', cohort.Came)));
        Assert.Equal((2, 1), (months[0].Joined, months[0].Came[0]));
        foreach (var count in (int[])[-1, 366])
        {
            await Assert.ThrowsAsync<ServiceException>(async () =>
                await _service.Figures.Active(new CountActive(joined, joined.AddDays(count)), Call));
        }
    }

    [Fact]
    public async Task A_session_is_ended_by_its_id_or_all_but_the_one_that_asks()
    {
        var ann = await RegisterAsync("ann");
        IssuedToken[] tokens =
        [
            await Users.CreateToken(new CreateToken(0, ann.Id, "read"), Call),
            await Users.CreateToken(new CreateToken(0, ann.Id, "write"), Call),
            await Users.CreateToken(new CreateToken(0, ann.Id, "follow"), Call),
        ];
        var sessions = await _service.Moderation.Sessions(new ListSessions(ann.Id), Call);
        var written = sessions.Single(session => session.Scopes == "write");

        Assert.True(await _service.Moderation.EndSession(new EndSession(ann.Id, written.Id), Call));
        Assert.Equal("yes no yes", await WorkAsync());
        Assert.False(await _service.Moderation.EndSession(new EndSession(new(2), sessions[0].Id), Call));

        await _service.Moderation.EndSession(new EndSession(ann.Id, null, tokens[2].Value), Call);

        Assert.Equal("no no yes", await WorkAsync());

        async Task<string> WorkAsync()
        {
            var work = new List<string>();
            foreach (var token in tokens)
                work.Add(await Users.FindToken(new FindToken(token.Value), Call) is null ? "no" : "yes");
            return string.Join(' ', work);
        }
    }

    [Fact]
    public async Task Accounts_are_found_by_name_whatever_the_case()
    {
        var ann = await RegisterAsync("Ann_7");
        await ReopenAsync();

        for (var round = 0; round < 2; round++)
        {
            var found = await Users.Find(new FindAccounts(["ANN_7", "nobody", "", "no name", "ann_7"]), Call);
            Assert.Equal([ann, null, null, null, ann], found);
        }
    }

    [Theory]
    [InlineData("", "a@example.org", Password, "username ERR_BLANK")]
    [InlineData("abcdefghijabcdefghijabcdefghijk", "a@example.org", Password, "username ERR_TOO_LONG")]
    [InlineData("a b", "a@example.org", Password, "username ERR_INVALID")]
    [InlineData("zoë", "a@example.org", Password, "username ERR_INVALID")]
    [InlineData("Admin", "a@example.org", Password, "username ERR_RESERVED")]
    [InlineData("ann", "", Password, "email ERR_BLANK")]
    [InlineData("ann", "example.org", Password, "email ERR_INVALID")]
    [InlineData("ann", "a@b@example.org", Password, "email ERR_INVALID")]
    [InlineData("ann", "a@-x.org", Password, "email ERR_INVALID")]
    [InlineData("ann", "a@x..org", Password, "email ERR_INVALID")]
    [InlineData("ann", "a b@example.org", Password, "email ERR_INVALID")]
    [InlineData("ann", "a@example.org", "", "password ERR_BLANK")]
    [InlineData("ann", "a@example.org", "1234567", "password ERR_TOO_SHORT")]
    [InlineData("", "", "", "username ERR_BLANK, email ERR_BLANK, password ERR_BLANK")]
    public async Task Each_wrong_field_is_named(string username, string email, string password, string expected)
    {
        var reply = await Users.Create(new CreateAccount(username, email, password), Call);

        Assert.Null(reply.Account);
        Assert.Equal(expected, string.Join(", ", reply.Errors.Select(error => $"{error.Field} {error.Code}")));
        Assert.All(reply.Errors, error => Assert.NotEmpty(error.Description));
        Assert.Equal(0, await Users.Count(new CountAccounts(), Call));
    }

    [Fact]
    public async Task Too_long_passwords_are_refused_by_characters_not_bytes()
    {
        var longest = await Users.Create(new CreateAccount("ann", "a@example.org", Repeat("🐦", 128)), Call);
        var longer = await Users.Create(new CreateAccount("bob", "b@example.org", Repeat("🐦", 129)), Call);

        Assert.Empty(longest.Errors);
        Assert.Equal("ERR_TOO_LONG", Assert.Single(longer.Errors).Code);

        static string Repeat(string text, int times) => string.Concat(Enumerable.Repeat(text, times));
    }

    [Fact]
    public async Task A_username_and_an_address_belong_to_one_account_whatever_the_case()
    {
        await RegisterAsync("ann");

        var reply = await Users.Create(new CreateAccount("ANN", "Ann@Example.ORG", Password), Call);

        Assert.Equal(
            [("username", "ERR_TAKEN"), ("email", "ERR_TAKEN")], reply.Errors.Select(
                error => (error.Field, error.Code)));
    }

    [Fact]
    public async Task An_account_and_its_first_token_are_made_together_or_not_at_all()
    {
        var refused = await Assert.ThrowsAsync<ServiceException>(async () => await Users.Create(
            new CreateAccount("ann", "ann@example.org", Password, new FirstToken(AppId: 99, "read")), Call));
        var made = await Users.Create(
            new CreateAccount("ann", "ann@example.org", Password, new FirstToken(AppId: 0, "read write")), Call);
        var token = await Users.FindToken(new FindToken(made.Token!.Value), Call);

        Assert.Equal(ErrorCode.NotFound, refused.Code);
        Assert.Equal(new Token(0, null, made.Account!.Id, "read write"), token! with { Number = 0 });
    }

    [Fact]
    public async Task Of_many_who_want_one_name_at_once_one_gets_it()
    {
        var replies = await Task.WhenAll(Enumerable.Range(0, 20).Select(i =>
            Users.Create(new CreateAccount("ann", $"ann{i}@example.org", Password), Call).AsTask()));

        Assert.Single(replies, reply => reply.Account is not null);
        Assert.Equal(1, await Users.Count(new CountAccounts(), Call));
    }

    [Theory]
    [InlineData("ann", Password, true)]
    [InlineData("ANN", Password, true)]
    [InlineData(" ann@EXAMPLE.org", Password, true)]
    [InlineData("ann", "wrong horse", false)]
    [InlineData("bob", Password, false)]
    [InlineData("bob@example.org", Password, false)]
    [InlineData("", "", false)]
    public async Task Only_the_right_password_of_a_known_login_is_accepted(string login, string password, bool accepted)
    {
        var ann = await RegisterAsync("ann");

        var account = await Users.VerifyPassword(new VerifyPassword(login, password), Call);

        Assert.Equal(accepted ? ann : null, account);
    }

    [Fact]
    public async Task A_hash_of_older_cost_is_renewed_at_the_next_sign_in()
    {
        var ann = await RegisterAsync("ann");
        await ReopenAsync(_cheapPasswords with { Passwords = new() { MemoryKib = 128, Iterations = 2 } });

        Assert.Equal(ann, await Users.VerifyPassword(new VerifyPassword("ann", Password), Call));

        Assert.StartsWith("$argon2id$v=19$m=128,t=2,p=1$", StoredHash(), StringComparison.Ordinal);
        Assert.Equal(ann, await Users.VerifyPassword(new VerifyPassword("ann", Password), Call));
    }

    [Fact]
    public async Task Imported_accounts_keep_their_order_and_names_that_exist_keep_their_account()
    {
        var ann = await RegisterAsync("ann");
        var at = new DateTimeOffset(2012, 7, 1, 0, 2, 52, TimeSpan.Zero);

        var ids = await Users.Import(
            new ImportAccounts([new("u7", "Seven", at), new("ANN", "", at), new("u3", "", at), new("U7", "", at)]), Call);
        var again = await Users.Import(new ImportAccounts([new("u3", "", at), new("u9", "", at)]), Call);

        Assert.Equal([2, 1, 3, 2], ids.Select(id => id.Value));
        Assert.Equal([3, 4], again.Select(id => id.Value));
        var seven = Assert.Single(await Users.Get(new GetAccounts([new(2)]), Call));
        Assert.Equal(new Account(new(2), "u7", "Seven", "", false, false, at), seven);
        Assert.Equal(ann, (await Users.Get(new GetAccounts([ann.Id]), Call))[0]);
        Assert.Equal(4, await Users.Count(new CountAccounts(), Call));
    }

    [Fact]
    public async Task An_import_with_an_impossible_name_imports_nothing()
    {
        var refusal = await Assert.ThrowsAsync<ServiceException>(async () =>
            await Users.Import(new ImportAccounts([new("u1", "", _clock.Now), new("u 2", "", _clock.Now)]), Call));

        Assert.Equal(ErrorCode.Invalid, refusal.Code);
        Assert.Contains("Account 2 of 2", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(0, await Users.Count(new CountAccounts(), Call));
    }

    [Fact]
    public async Task An_imported_account_can_be_signed_in_to_once_it_has_a_password()
    {
        var id = (await Users.Import(new ImportAccounts([new("u7", "", _clock.Now)]), Call))[0];
        Assert.Null(await Users.VerifyPassword(new VerifyPassword("u7", Password), Call));

        Assert.True(await Users.SetPassword(new SetPassword(id, Password), Call));

        Assert.Equal(id, (await Users.VerifyPassword(new VerifyPassword("u7", Password), Call))?.Id);
        Assert.False(await Users.SetPassword(new SetPassword(new(99), Password), Call));
        await Assert.ThrowsAsync<ServiceException>(
            async () => await Users.SetPassword(new SetPassword(id, "short"), Call));
    }

    [Fact]
    public async Task A_new_password_ends_all_tokens_and_codes_of_the_account_and_no_others()
    {
        var app = await RegisterAppAsync();
        var (ann, bob) = (await RegisterAsync("ann"), await RegisterAsync("bob"));
        var anns = await Users.CreateToken(new CreateToken(app.Id, ann.Id, "read"), Call);
        var bobs = await Users.CreateToken(new CreateToken(app.Id, bob.Id, "read"), Call);
        var code = await Users.CreateGrant(new CreateGrant(app.Id, ann.Id, "read", "https://x.example/", null), Call);

        await Users.SetPassword(new SetPassword(ann.Id, "another password"), Call);

        Assert.Null(await Users.FindToken(new FindToken(anns.Value), Call));
        Assert.NotNull(await Users.FindToken(new FindToken(bobs.Value), Call));
        Assert.Null(await Users.RedeemGrant(new RedeemGrant(app.Id, code), Call));
        Assert.Null(await Users.VerifyPassword(new VerifyPassword("ann", Password), Call));
    }

    [Fact]
    public async Task A_token_is_found_until_it_is_revoked_also_after_a_restart()
    {
        var app = await RegisterAppAsync();
        var ann = await RegisterAsync("ann");
        var issued = await Users.CreateToken(new CreateToken(app.Id, ann.Id, "read write"), Call);
        var expected = await Users.FindToken(new FindToken(issued.Value), Call);

        Assert.Equal(new Token(app.Id, "Nest", ann.Id, "read write"), expected! with { Number = 0 });
        Assert.NotEqual(0, expected.Number);
        await ReopenAsync();
        Assert.Equal(expected, await Users.FindToken(new FindToken(issued.Value), Call));
        Assert.False(await Users.RevokeToken(new RevokeToken(issued.Value, app.Id + 1), Call));
        Assert.True(await Users.RevokeToken(new RevokeToken(issued.Value, app.Id), Call));

        Assert.Null(await Users.FindToken(new FindToken(issued.Value), Call));
        Assert.False(await Users.RevokeToken(new RevokeToken(issued.Value), Call));
        await ReopenAsync();
        Assert.Null(await Users.FindToken(new FindToken(issued.Value), Call));
    }

    [Fact]
    public async Task Tokens_act_for_an_app_or_for_a_browser_session_too()
    {
        var app = await RegisterAppAsync();
        var ann = await RegisterAsync("ann");
        var apps = await Users.CreateToken(new CreateToken(app.Id, default, "read"), Call);
        var session = await Users.CreateToken(new CreateToken(0, ann.Id, "read"), Call);
        await ReopenAsync();

        Assert.Equal(
            new Token(app.Id, "Nest", default, "read"), await FindAsync(apps));
        Assert.Equal(new Token(0, null, ann.Id, "read"), await FindAsync(session));
        Assert.True(await Users.RevokeToken(new RevokeToken(session.Value, 0), Call));

        async Task<Token> FindAsync(IssuedToken token) =>
            (await Users.FindToken(new FindToken(token.Value), Call))! with { Number = 0 };
    }

    [Fact]
    public async Task Tokens_of_many_accounts_are_made_together_or_not_at_all_and_found_together()
    {
        var app = await RegisterAppAsync();
        AccountId[] accounts = [(await RegisterAsync("ann")).Id, (await RegisterAsync("bob")).Id];
        var issued = await Users.CreateTokens(new CreateTokens(app.Id, accounts, "read"), Call);
        string[] values = [issued[1].Value, "made up", issued[0].Value];
        var expected = await Users.FindTokens(new FindTokens(values), Call);
        await ReopenAsync();

        Assert.Equal(expected, await Users.FindTokens(new FindTokens(values), Call));
        Assert.Equal([accounts[1], null, accounts[0]], expected.Select(token => token?.Account));
        Assert.All(expected, token => Assert.True(token is null or { AppName: "Nest", Scopes: "read" }));
        await Assert.ThrowsAsync<ServiceException>(async () => await Users.CreateTokens(
            new CreateTokens(app.Id, [accounts[0], new AccountId(99)], "read"), Call));
        await Assert.ThrowsAsync<ServiceException>(async () => await Users.CreateTokens(
            new CreateTokens(app.Id + 1, accounts, "read"), Call));
        await Assert.ThrowsAsync<ServiceException>(async () => await Users.FindTokens(
            new FindTokens(new string[FindTokens.Max + 1]), Call));
        Assert.Single(await _service.Moderation.Sessions(new ListSessions(accounts[0]), Call));
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("0000000000000000000000000000000000000000000")]
    [InlineData("ééééééééééééééééééééééééééééééééééééééééééé")]
    public async Task Nobody_has_a_made_up_token(string value)
    {
        Assert.Null(await Users.FindToken(new FindToken(value), Call));
        Assert.False(await Users.RevokeToken(new RevokeToken(value), Call));
    }

    [Fact]
    public async Task Tokens_for_what_does_not_exist_are_refused()
    {
        var app = await RegisterAppAsync();

        await RefusedAsync(ErrorCode.NotFound, new CreateToken(app.Id, new AccountId(7), "read"));
        await RefusedAsync(ErrorCode.NotFound, new CreateToken(app.Id + 1, default, "read"));
        await RefusedAsync(ErrorCode.Invalid, new CreateToken(0, default, "read"));
        await RefusedAsync(ErrorCode.Invalid, new CreateToken(app.Id, default, ""));

        async Task RefusedAsync(ErrorCode code, CreateToken request) => Assert.Equal(
            code, (await Assert.ThrowsAsync<ServiceException>(async () => await Users.CreateToken(request, Call))).Code);
    }

    [Fact]
    public async Task A_code_is_good_once_for_its_app_within_ten_minutes()
    {
        var app = await RegisterAppAsync();
        var other = await RegisterAppAsync();
        var ann = await RegisterAsync("ann");
        var challenge = new string('c', 43);
        var request = new CreateGrant(app.Id, ann.Id, "read", "https://nest.example/cb", challenge);
        var code = await Users.CreateGrant(request, Call);
        var late = await Users.CreateGrant(request, Call);

        Assert.Null(await Users.RedeemGrant(new RedeemGrant(other.Id, code), Call));
        _clock.Now += TimeSpan.FromMinutes(10) - TimeSpan.FromMilliseconds(1);
        Assert.Equal(
            new Grant(ann.Id, "read", "https://nest.example/cb", challenge),
            await Users.RedeemGrant(new RedeemGrant(app.Id, code), Call));

        Assert.Null(await Users.RedeemGrant(new RedeemGrant(app.Id, code), Call));
        _clock.Now += TimeSpan.FromMilliseconds(1);
        Assert.Null(await Users.RedeemGrant(new RedeemGrant(app.Id, late), Call));
    }

    [Fact]
    public async Task A_second_use_of_a_code_ends_the_tokens_that_the_first_made_and_no_others()
    {
        var ann = await RegisterAsync("ann");
        var app = await RegisterAppAsync();
        var request = new CreateGrant(app.Id, ann.Id, "read", "https://x.example/", null);
        var code = await Users.CreateGrant(request, Call);
        await Users.RedeemGrant(new RedeemGrant(app.Id, code), Call);
        var token = await Users.CreateToken(new CreateToken(app.Id, ann.Id, "read", code), Call);
        var another = await Users.CreateToken(new CreateToken(app.Id, ann.Id, "read"), Call);
        Assert.NotNull(await Users.FindToken(new FindToken(token.Value), Call));

        Assert.Null(await Users.RedeemGrant(new RedeemGrant(app.Id, code), Call));

        Assert.Null(await Users.FindToken(new FindToken(token.Value), Call));
        Assert.NotNull(await Users.FindToken(new FindToken(another.Value), Call));
    }

    [Fact]
    public async Task A_second_use_after_the_code_ran_out_ends_its_token_too()
    {
        var ann = await RegisterAsync("ann");
        var app = await RegisterAppAsync();
        var request = new CreateGrant(app.Id, ann.Id, "read", "https://x.example/", null);
        var code = await Users.CreateGrant(request, Call);
        await Users.RedeemGrant(new RedeemGrant(app.Id, code), Call);
        var token = await Users.CreateToken(new CreateToken(app.Id, ann.Id, "read", code), Call);
        _clock.Now += TimeSpan.FromHours(1);
        await Users.CreateGrant(request, Call);

        Assert.Null(await Users.RedeemGrant(new RedeemGrant(app.Id, code), Call));

        Assert.Null(await Users.FindToken(new FindToken(token.Value), Call));
    }

    [Fact]
    public async Task No_token_is_made_for_a_code_that_was_used_again_meanwhile()
    {
        var ann = await RegisterAsync("ann");
        var app = await RegisterAppAsync();
        var code = await Users.CreateGrant(new CreateGrant(app.Id, ann.Id, "read", "https://x.example/", null), Call);
        await Users.RedeemGrant(new RedeemGrant(app.Id, code), Call);
        await Users.RedeemGrant(new RedeemGrant(app.Id, code), Call);

        var refusal = await Assert.ThrowsAsync<ServiceException>(
            async () => await Users.CreateToken(new CreateToken(app.Id, ann.Id, "read", code), Call));

        Assert.Equal(ErrorCode.Conflict, refusal.Code);
    }

    [Fact]
    public async Task Of_many_who_redeem_one_code_at_once_one_succeeds()
    {
        var app = await RegisterAppAsync();
        var ann = await RegisterAsync("ann");
        var code = await Users.CreateGrant(new CreateGrant(app.Id, ann.Id, "read", "https://x.example/", null), Call);

        var grants = await Task.WhenAll(
            Enumerable.Range(0, 20).Select(_ => Users.RedeemGrant(new RedeemGrant(app.Id, code), Call).AsTask()));

        Assert.Single(grants, grant => grant is not null);
    }

    [Fact]
    public async Task An_app_is_found_by_its_client_id_and_with_its_secret_only_if_it_matches()
    {
        var app = await RegisterAppAsync();
        await ReopenAsync();

        var found = await Users.FindApp(new FindApp(app.ClientId), Call);
        var proven = await Users.FindApp(new FindApp(app.ClientId, app.Secret), Call);

        Assert.Null(found!.Secret);
        Assert.Equal(["https://nest.example/cb", "urn:ietf:wg:oauth:2.0:oob", "nest:/back"], found.RedirectUris);
        Assert.Equal(("Nest", "https://nest.example", "read write"), (found.Name, found.Website, found.Scopes));
        Assert.Equal(app.Id, proven!.Id);
        Assert.Null(await Users.FindApp(new FindApp(app.ClientId, app.ClientId), Call));
        Assert.Null(await Users.FindApp(new FindApp(app.ClientId, ""), Call));
        Assert.Null(await Users.FindApp(new FindApp("unknown"), Call));
    }

    [Theory]
    [InlineData("", "https://nest.example/cb", "read")]
    [InlineData("Nest", "", "read")]
    [InlineData("Nest", "/relative", "read")]
    [InlineData("Nest", "javascript:alert(1)", "read")]
    [InlineData("Nest", "https://nest.example/#fragment", "read")]
    [InlineData("Nest", "https://nest.example/ x", "read")]
    [InlineData("Nest", "https://nest.example/cb", "")]
    [InlineData("Nest", "https://nest.example/cb", "réad")]
    public async Task An_app_that_makes_no_sense_is_refused(string name, string redirectUri, string scopes)
    {
        var refusal = await Assert.ThrowsAsync<ServiceException>(async () =>
            await Users.CreateApp(new CreateApp(name, null, [redirectUri], scopes), Call));

        Assert.Equal(ErrorCode.Invalid, refusal.Code);
    }

    [Fact]
    public async Task Nothing_secret_is_in_the_files()
    {
        Assert.SkipUnless(File.Exists(_data.FilePath("users.db")), "There are no files to look into.");
        var app = await RegisterAppAsync();
        var ann = await RegisterAsync("ann");
        var token = await Users.CreateToken(new CreateToken(app.Id, ann.Id, "read"), Call);
        var code = await Users.CreateGrant(new CreateGrant(app.Id, ann.Id, "read", "https://x.example/", null), Call);
        await _service.DisposeAsync();

        var files = string.Concat(Directory.GetFiles(_data.Path, "users.db*")
            .Select(file => System.Text.Encoding.Latin1.GetString(File.ReadAllBytes(file))));
        _service = Open();

        Assert.Contains("ann@example.org", files, StringComparison.Ordinal);
        foreach (var secret in (string[])[Password, app.Secret!, token.Value, code])
        {
            Assert.DoesNotContain(secret, files, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Small_caches_change_no_answer()
    {
        await ReopenAsync(
            _cheapPasswords with { CachedAccountsMax = 4096, CachedUsernamesMax = 16, CachedTokensMax = 16 });
        var drafts = Enumerable.Range(1, 20_000).Select(i => new AccountDraft($"u{i}", "", _clock.Now)).ToArray();
        await Users.Import(new ImportAccounts(drafts), Call);

        foreach (var start in (int[])[1, 9_000, 1, 19_000, 5_000])
        {
            var ids = Enumerable.Range(start, 1000).Select(id => new AccountId(id)).ToArray();
            var accounts = await Users.Get(new GetAccounts(ids), Call);
            var found = await Users.Find(new FindAccounts([.. ids.Select(id => $"U{id}")]), Call);
            Assert.Equal(ids.Select(id => $"u{id}"), accounts.Select(account => account!.Username));
            Assert.Equal(accounts, found);
        }
    }

    [Fact]
    public void Options_out_of_range_are_refused()
    {
        using var data = DataDirectory.Open(_scratch.File("other"));

        var refusal = Assert.Throws<ServiceException>(() => UsersService.Open(
            data, new UsersOptions { CachedTokensMax = 1 }, _clock, NullLoggerFactory.Instance, _scratch.Meters));

        Assert.Contains("CachedTokensMax", refusal.Message, StringComparison.Ordinal);
    }

    private string StoredHash()
    {
        using var database = SqlDatabase.DialectOf(SqlDatabase.OptionsOf(_data, "users"));
        using var session = database.OpenReader();
        using var row = session.Query("SELECT password_hash FROM logins");
        Assert.True(row.Read());
        return row.GetString(0);
    }

    private async Task<Account> RegisterAsync(string username) =>
        (await Users.Create(new CreateAccount(username, $"{username}@example.org", Password), Call)).Account!;

    private async Task<App> RegisterAppAsync() => await Users.CreateApp(
        new CreateApp("Nest", "https://nest.example",
            ["https://nest.example/cb", "urn:ietf:wg:oauth:2.0:oob", "nest:/back"], "read write"), Call);

    private UsersService Open(UsersOptions? options = null) =>
        UsersService.Open(_data, options ?? _cheapPasswords, _clock, NullLoggerFactory.Instance, _scratch.Meters);

    private async Task ReopenAsync(UsersOptions? options = null)
    {
        await _service.DisposeAsync();
        _service = Open(options);
    }
}
