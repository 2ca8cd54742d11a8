# Every mail that leaves, in English. `.subject` and `.lead` are asked of each; `.button` where there is a link; `.note` is small print.

invitation =
    .subject = { $person } invited you to { $organization }
    .lead = { $person } invited you to join { $organization } as { $roles }.
    .button = See the invitation
    .note = The invitation is good until { $until }. It is for { $address } only.

invitation-nobody =
    .subject = You are invited to { $organization }
    .lead = You are invited to join { $organization } as { $roles }.
    .button = See the invitation
    .note = The invitation is good until { $until }. It is for { $address } only.

reminder =
    .subject = Reminder: { $person } invited you to { $organization }
    .lead = { $person } invited you to join { $organization } as { $roles }, and the invitation still waits for you.
    .button = See the invitation
    .note = The invitation is good until { $until }. It is for { $address } only.

reminder-nobody =
    .subject = Reminder: you are invited to { $organization }
    .lead = You are invited to join { $organization } as { $roles }, and the invitation still waits for you.
    .button = See the invitation
    .note = The invitation is good until { $until }. It is for { $address } only.

sign-in =
    .subject = Your code for { $product }: { $code }
    .lead = Type this code where you asked for it, or open the link in the same browser.
    .button = Sign in
    .note = Code and link work once, for 10 minutes. If you didn't ask for them, you can leave this mail alone: nobody gets in without it.

add-address =
    .subject = Confirm this address for { $product }: { $code }
    .lead = Type this code where you asked for it, or open the link in the same browser, to add this address to your account.
    .button = Add this address
    .note = Code and link work once, for 10 minutes. If you didn't ask for them, you can leave this mail alone: nothing is added without it.

new-device =
    .subject = New sign-in to { $product }
    .lead = Your account was used to sign in with { $device } from { $network }, on { $at }. That browser hasn't signed in from there before.
    .button = See where you are signed in
    .note = If that was you, there is nothing to do. If it wasn't, end that session there.

role-changed =
    .subject = Your role in { $organization } changed
    .lead = { $person } changed your role in { $organization }. You are now { $to }. Before, you were { $from }.
    .button = Open { $organization }

role-changed-nobody =
    .subject = Your role in { $organization } changed
    .lead = In { $organization } you are now { $to }. Before, you were { $from }.
    .button = Open { $organization }

removed =
    .subject = You no longer have access to { $organization }
    .lead = { $person } removed you from { $organization }. Your account stays yours.

removed-nobody =
    .subject = You no longer have access to { $organization }
    .lead = You were removed from { $organization }. Your account stays yours.

ownership-received =
    .subject = You now own { $organization }
    .lead = Ownership of { $organization } was transferred to you.
    .button = Open { $organization }

ownership-given =
    .subject = { $organization } has a new owner
    .lead = You transferred ownership of { $organization } to { $person }.
    .button = Open { $organization }

address-changed =
    .subject = The addresses of your account changed
    .lead = The email addresses of your { $product } account were changed on { $at }.
    .button = This wasn't me
    .note = If that was you, there is nothing to do. If it wasn't, the button ends every session of your account, for 72 hours from now.

identities-changed =
    .subject = The ways to sign in to your account changed
    .lead = A provider's account was linked to your { $product } account or unlinked from it, on { $at }.
    .button = This wasn't me
    .note = If that was you, there is nothing to do. If it wasn't, the button ends every session of your account, for 72 hours from now.

# Stand for what is no longer known.
unknown-browser = an unknown browser
unknown-network = an unknown network

# Stands for a name that can't be shown in a mail.
someone = Someone

# Under every mail.
footer = Sent by { $product } to { $address }.
unwanted = I don't know these people
no-role = a member
