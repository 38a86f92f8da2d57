using Roost.Engine.Ids;

namespace Roost.Services.Users;

/// <summary>An account as everybody may see it. Immutable: a change makes a new one.</summary>
/// <param name="Username">ASCII letters, digits and <c>_</c>, 1 to 30 characters; unique whatever the case.</param>
/// <param name="Note">What the person says of themself: plain text.</param>
public sealed record Account(
    AccountId Id, string Username, string DisplayName, string Note, bool Locked, bool Bot, DateTimeOffset CreatedAt)
{
    /// <summary>
    /// While it is the same, so is all else: for who keeps what it made of the account. 0 says nothing. The same
    /// account may get a new one at any time; a stamp never comes back.
    /// </summary>
    public long Stamp { get; init; }

    /// <summary>What the person has made of it; <see cref="Profile.Empty"/> for most.</summary>
    public Profile Profile { get; init; } = Profile.Empty;

    public AccountRole Role { get; init; }

    public Standing Standing { get; init; }

    /// <summary>Whether nobody can sign in to it, whatever else is the case with it.</summary>
    public bool IsDisabled { get; init; }

    /// <summary>Whether it waits to be let in, whatever else is the case with it.</summary>
    public bool IsWaiting { get; init; }

    /// <summary>Whether only followers see it in public places.</summary>
    public bool IsSilenced { get; init; }

    /// <summary>Whether all that it posts is marked sensitive.</summary>
    public bool IsSensitized { get; init; }

    /// <summary>Whether it is not there for others.</summary>
    public bool IsHidden => Standing >= Standing.Pending;

    /// <summary>Whether all but the stamps are equal.</summary>
    public bool Equals(Account? other) =>
        other is not null && Id == other.Id && Username == other.Username && DisplayName == other.DisplayName
        && Note == other.Note && Locked == other.Locked && Bot == other.Bot && CreatedAt == other.CreatedAt
        && Profile == other.Profile
        && (Role, Standing, IsDisabled, IsWaiting, IsSilenced, IsSensitized) == (
            other.Role, other.Standing, other.IsDisabled, other.IsWaiting, other.IsSilenced, other.IsSensitized);

    public override int GetHashCode() => HashCode.Combine(Id, Username);
}
