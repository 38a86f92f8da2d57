namespace Roost.Services.Users;

/// <summary>How an account stands: of all that is the case with it, the greatest. From <see cref="Pending"/> on it is
/// hidden: to others it is not there.</summary>
public enum Standing : byte
{
    Active = 0,
    /// <summary>Nobody can sign in to it or act for it.</summary>
    Disabled = 1,
    /// <summary>Waits to be let in.</summary>
    Pending = 2,
    /// <summary>Nobody sees it; can be undone.</summary>
    Suspended = 3,
    /// <summary>What it has left is being removed.</summary>
    Deleting = 4,
    /// <summary>Gone for good. Its name is not given away again.</summary>
    Deleted = 5,
}

/// <summary>What an account may do to others; each more than the one before.</summary>
public enum AccountRole : byte
{
    User = 0,
    Moderator = 1,
    Admin = 2,
    Owner = 3,
}
