using Roost.Engine.Ids;
using Roost.Rpc;

namespace Roost.Services.Community;

/// <summary>What was done to an account, with the words of those who look after the community. Never changed.</summary>
/// <param name="Id">1, 2, 3, … in the order in which they were given.</param>
/// <param name="Account">Who did it; nobody for the command line.</param>
/// <param name="Action"><c>none</c>, <c>sensitive</c>, <c>disable</c>, <c>silence</c> or <c>suspend</c>.</param>
/// <param name="Text">Plain text; may be empty.</param>
/// <param name="Posts">Those of its posts that the report named.</param>
/// <param name="IsTold">Whether the account is told of it.</param>
public sealed record AccountWarning(
    long Id, AccountId Account, AccountId Target, string Action, string Text, IReadOnlyList<PostId> Posts, bool IsTold,
    DateTimeOffset CreatedAt);

/// <summary>Keeps a warning; the account is told of it in its notifications. What it is warned of is done
/// apart.</summary>
/// <param name="Text">At most <see cref="TextMax"/> characters.</param>
/// <param name="Report">Whose posts are named in it, if it is about the account; 0 for none.</param>
/// <exception cref="ServiceException"><see cref="ErrorCode.Invalid"/>: no such action, or too long.</exception>
public sealed record WarnAccount(
    AccountId Account, AccountId Target, string Action, string Text, long Report = 0, bool IsTold = true)
{
    public const int TextMax = 2_000;

    /// <summary>For who acts first and warns then.</summary>
    /// <exception cref="ServiceException"><see cref="ErrorCode.Invalid"/>: a value is refused.</exception>
    public void Require()
    {
        if (Action is not ("none" or "sensitive" or "disable" or "silence" or "suspend"))
        {
            throw new ServiceException(
                ErrorCode.Invalid, "Validation failed: Type is none of none, sensitive, disable, silence, suspend");
        }
        if (Text.EnumerateRunes().Count() > TextMax)
        {
            throw new ServiceException(
                ErrorCode.Invalid, $"Validation failed: Text is too long (maximum is {TextMax} characters)");
        }
    }
}

/// <summary>The reply is null when there is none yet.</summary>
public sealed record GetWarning(long Id);

/// <summary>What an account was told last of one kind of action. The reply is null when it was told nothing.</summary>
/// <param name="Action">As in <see cref="AccountWarning"/>.</param>
public sealed record GetLastWarning(AccountId Target, string Action);

/// <summary>The newest one's id; 0 while there is none.</summary>
public sealed record GetNewestWarning;
